import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../adapters/db/open.ts';
import { imageFetches } from '../../adapters/db/schema.ts';
import { Statement } from '../../adapters/db/statement.ts';
import { RemoteError, type RemoteResponse } from '../../adapters/remote/remote-client.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import type { IncomingFile } from '../material/ingest/staged-file.ts';
import { FetchBatch, type NewFetch, type PlannedFetch } from './fetch-batch.ts';
import { pictureName } from './picture-name.ts';
import { keptUrl } from './source-url.ts';

/** What makes a response one with the whole body (RFC 9110, section 15.3). */
const WITH_BODY = [200, 203];
const MAX_ETAG_LENGTH = 500;

const saveFetches = new Statement(
  sql`
    update image_fetches
    set state = 'SAVED', material_id = saved.material_id, bytes = saved.bytes, etag = saved.etag, finished_at = now()
    from json_to_recordset(${sql.placeholder('rows')}::text::json)
      as saved (id uuid, material_id uuid, bytes bigint, etag text)
    -- By a join alone the index is read from end to end: a plan is kept that was made while the table was small.
    where image_fetches.id = saved.id and image_fetches.id = any(${sql.placeholder('ids')}::uuid[])`,
  {},
);

/** A fetch, with the address as it was asked for. */
export type PictureFetch = NewFetch;

/** What the address gives, before anything is known of its bytes. */
export interface RemotePicture extends IncomingFile {
  readonly fetch: PlannedFetch;
  readonly etag: string | null;
  /** Bytes that have come. */
  bytes(): number;
}

/** Notes what became of fetches; to be called in the transaction that writes the materials' rows. */
export async function noteSaved(
  tx: Transaction,
  saved: readonly { readonly picture: RemotePicture; readonly materialId: string }[],
): Promise<void> {
  const rows = saved.map(({ picture: { fetch, etag, bytes }, materialId }) => ({
    id: fetch.id,
    material_id: materialId,
    bytes: bytes(),
    etag: etag?.toWellFormed(),
  }));
  if (rows.length === 0) return;
  await saveFetches.run(tx, { rows: JSON.stringify(rows), ids: `{${rows.map(({ id }) => id).join()}}` });
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
  const batch = new FetchBatch();
  try {
    return await planPicture(ctx, fetch, batch)(keep, async (kept) => kept);
  } finally {
    await ctx.imageFetches.close(batch);
  }
}

/**
 * Does what `fetchPicture` does in two steps: `receive` takes the bytes while it is the user's turn, `keep` does the rest
 * when the next may have it.
 */
export type PlannedPicture = <R, T>(
  receive: (picture: RemotePicture) => Promise<R>,
  keep: (received: R) => Promise<T>,
) => Promise<T>;

/** Plans one fetch of a batch, which whoever opened it closes in the end. */
export function planPicture(
  ctx: Ctx,
  { url: asked, ...fetch }: PictureFetch,
  batch: FetchBatch,
): PlannedPicture {
  const url = keptUrl(asked);
  if (url === undefined) return () => Promise.reject(new AppError('REMOTE_UNREACHABLE'));
  const planned = batch.plan({ ...fetch, url });
  return async (receive, keep) => {
    const body = { bytes: 0 };
    const noted = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        const shown = explain(ctx, planned.id, error);
        await noteFailure(ctx, planned.id, shown, body.bytes);
        throw shown;
      }
    };
    try {
      const received = await ctx.imageFetches.run(planned, batch, ctx.signal, () =>
        noted(() => fetchPlanned(ctx, planned, asked, body, receive)),
      );
      return await noted(() => keep(received));
    } catch (error) {
      // Nobody is there to be told.
      throw ctx.signal.aborted ? new AppError('SERVICE_UNAVAILABLE') : error;
    }
  };
}

async function fetchPlanned<R>(
  ctx: Ctx,
  planned: PlannedFetch,
  asked: string,
  body: { bytes: number },
  receive: (picture: RemotePicture) => Promise<R>,
): Promise<R> {
  const { maxBytes } = ctx.imageFetches;
  const response = await ctx.remote.fetch({ url: asked, maxBytes, signal: ctx.signal });
  try {
    return await receive(toPicture(planned, response, body));
  } finally {
    response.close();
  }
}

function toPicture(fetch: PlannedFetch, response: RemoteResponse, body: { bytes: number }): RemotePicture {
  if (!WITH_BODY.includes(response.status)) {
    throw new RemoteError('unreachable', `the answer has the status ${response.status}`);
  }
  return {
    filename: pictureName(fetch.url, response.headers.get('content-disposition')),
    chunks: counted(response.body, body),
    ownsChunks: true,
    comesQuickly: true,
    fetch,
    etag: response.headers.get('etag')?.slice(0, MAX_ETAG_LENGTH) ?? null,
    bytes: () => body.bytes,
  };
}

function counted(chunks: AsyncIterable<Uint8Array>, body: { bytes: number }): AsyncIterable<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const step = await source.next();
      if (!step.done) body.bytes += step.value.byteLength;
      return step;
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
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
export async function noteFailure(
  { db, log }: Ctx,
  id: string,
  error: unknown,
  bytes: number,
): Promise<void> {
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
