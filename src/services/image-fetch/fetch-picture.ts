import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../adapters/db/open.ts';
import { type ImageFetchPurpose, imageFetches } from '../../adapters/db/schema.ts';
import { RemoteError, type RemoteResponse } from '../../adapters/remote/remote-client.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import { BodyMemory } from '../../lib/body-memory.ts';
import type { Ctx } from '../context.ts';
import type { IncomingFile } from '../material/ingest/staged-file.ts';
import { pictureName } from './picture-name.ts';
import { keptUrl } from './source-url.ts';

/** What makes a response one with the whole body (RFC 9110, section 15.3). */
const WITH_BODY = [200, 203];
const MAX_ETAG_LENGTH = 500;

const memory = new BodyMemory(1);

export interface PictureFetch {
  readonly purpose: ImageFetchPurpose;
  readonly userId: number;
  /** null: an avatar. */
  readonly mallId: number | null;
  /** As it was asked for. */
  readonly url: string;
}

/** What the address gives, before anything is known of its bytes. */
export interface RemotePicture extends IncomingFile {
  /** To be called in the transaction that writes the material's row. */
  saved(tx: Transaction, materialId: string): Promise<void>;
}

/** What the bytes of a picture can turn out to be. */
const MEANINGS: Partial<Record<ErrorCode, ErrorCode>> = {
  FILE_EMPTY: 'REMOTE_NOT_AN_IMAGE',
  FILE_TYPE_NOT_ALLOWED: 'REMOTE_NOT_AN_IMAGE',
  IMAGE_FORMAT_UNSUPPORTED: 'REMOTE_NOT_AN_IMAGE',
  FILE_DAMAGED: 'REMOTE_NOT_AN_IMAGE',
  PROBE_TIMEOUT: 'REMOTE_NOT_AN_IMAGE',
  FILE_TOO_LARGE: 'REMOTE_TOO_LARGE',
  IMAGE_TOO_LARGE: 'REMOTE_TOO_LARGE',
};

/**
 * Asks an address for a picture when it is the user's turn, and gives it to `keep`, which reads the bytes. What becomes
 * of it is told in the table of fetches. To the caller, an address that may not be reached, one where nobody answers
 * and one that answers too slowly are the same; the log knows.
 * @throws AppError REMOTE_UNREACHABLE, REMOTE_TOO_LARGE, REMOTE_NOT_AN_IMAGE, RATE_LIMITED, SERVICE_UNAVAILABLE, and
 * what else `keep` throws.
 */
export async function fetchPicture<T>(
  ctx: Ctx,
  fetch: PictureFetch,
  keep: (picture: RemotePicture) => Promise<T>,
): Promise<T> {
  const url = keptUrl(fetch.url);
  if (url === undefined) throw new AppError('REMOTE_UNREACHABLE');
  try {
    return await ctx.imageFetches.run({ ...fetch, url }, ctx.signal, async (id) => {
      const body = { bytes: 0 };
      try {
        const response = await ctx.remote.fetch({
          url: fetch.url,
          maxBytes: ctx.imageFetches.maxBytes,
          signal: ctx.signal,
        });
        try {
          return await keep(toPicture(id, url, response, body));
        } finally {
          response.close();
        }
      } catch (error) {
        const shown = explain(ctx, id, error);
        await noteFailure(ctx, id, shown, body.bytes);
        throw shown;
      }
    });
  } catch (error) {
    // Nobody is there to be told.
    throw ctx.signal.aborted ? new AppError('SERVICE_UNAVAILABLE') : error;
  }
}

function toPicture(
  id: string,
  url: string,
  response: RemoteResponse,
  body: { bytes: number },
): RemotePicture {
  if (!WITH_BODY.includes(response.status)) {
    throw new RemoteError('unreachable', `the answer has the status ${response.status}`);
  }
  return {
    filename: pictureName(url, response.headers.get('content-disposition')),
    chunks: counted(response.body, body),
    async saved(tx, materialId) {
      await tx
        .update(imageFetches)
        .set({
          state: 'SAVED',
          materialId,
          bytes: body.bytes,
          etag: response.headers.get('etag')?.slice(0, MAX_ETAG_LENGTH) ?? null,
          finishedAt: sql`now()`,
        })
        .where(eq(imageFetches.id, id));
    },
  };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  body: { bytes: number },
): AsyncGenerator<Uint8Array, void, void> {
  memory.begin();
  try {
    for await (const chunk of chunks) {
      body.bytes += chunk.byteLength;
      memory.read(chunk.byteLength);
      yield chunk;
    }
  } finally {
    memory.end();
  }
}

function explain(ctx: Ctx, fetchId: string, error: unknown): unknown {
  const fault = remoteErrorIn(error);
  if (fault) {
    ctx.log.info({ requestId: ctx.requestId, fetchId, err: fault }, 'a picture could not be fetched');
    return new AppError(fault.reason === 'too-large' ? 'REMOTE_TOO_LARGE' : 'REMOTE_UNREACHABLE');
  }
  const meaning = error instanceof AppError ? MEANINGS[error.code] : undefined;
  return meaning ? new AppError(meaning) : error;
}

/** Ingest wraps what the source of the bytes throws. */
function remoteErrorIn(error: unknown): RemoteError | undefined {
  if (error instanceof RemoteError) return error;
  return error instanceof Error && error.cause instanceof RemoteError ? error.cause : undefined;
}

/** Nothing hangs on it: a row that stays RUNNING counts no longer after a while, and the sweep ends it. */
async function noteFailure({ db, log }: Ctx, id: string, error: unknown, bytes: number): Promise<void> {
  try {
    await db
      .update(imageFetches)
      .set({
        state: 'FAILED',
        errorCode: error instanceof AppError ? error.code : null,
        materialId: null,
        bytes,
        finishedAt: sql`now()`,
      })
      .where(eq(imageFetches.id, id));
  } catch (failure) {
    log.warn({ err: failure, fetchId: id }, 'the end of a fetch was not noted');
  }
}
