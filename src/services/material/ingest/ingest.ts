import { isDatabaseUnavailable } from '../../../adapters/db/errors.ts';
import { AppError, errorCatalogue } from '../../../errors.ts';
import { Limiter } from '../../../lib/limiter.ts';
import { releaseBlobs } from '../../blob/release-blobs.ts';
import type { Meters } from '../../meters.ts';
import { announceFiles, announceMaterials } from '../changes.ts';
import type { MaterialRecord } from '../record.ts';
import { type CommittedFile, commitFiles, type Holds, newMaterial, type Placement } from './commit-files.ts';
import { discardFile } from './discard-file.ts';
import { findUploadedOne } from './find-uploaded.ts';
import { openQuota } from './mall-quota.ts';
import { receiveFile } from './receive-file.ts';
import { takeBack } from './settle.ts';
import { stageFile } from './stage-file.ts';
import {
  BrokenUploadError,
  type IncomingFile,
  type IngestCtx,
  type ReceivedFile,
  type StagedFile,
} from './staged-file.ts';
import { toStorageError } from './storage-error.ts';
import { UploadLease } from './upload-lease.ts';

/** What became of one file. */
export type IngestOutcome =
  /** `known`: it had been uploaded before, under the same id. */
  | { readonly filename: string; readonly material: MaterialRecord; readonly known: boolean }
  | { readonly filename: string; readonly error: AppError };

type StagingResult = StagedFile | IngestOutcome;

/** Files of one request that are examined and synced while the next arrives. */
const STAGING_AT_ONCE = 8;

/**
 * Takes the files of one request: each is received, examined and put into the store by itself; the rows of all that
 * were good are written in one transaction at the end, so a client that leaves early leaves nothing behind.
 * @returns an outcome for each file, in the order in which they came. A bad file never fails the others.
 * @throws AppError when the request is broken, when its rows cannot be written, or when the server is at fault and
 * could keep none of the files. Nothing is kept then.
 */
export async function ingest(
  ctx: IngestCtx,
  placement: Placement,
  files: AsyncIterable<IncomingFile> | Iterable<IncomingFile>,
): Promise<IngestOutcome[]> {
  const { meters } = ctx;
  const lease = new UploadLease(ctx);
  const quota = await openQuota(ctx, placement.mallId);
  meters.uploadsRunning.add(1);
  try {
    const outcomes = await ingestWithin(ctx, placement, files, { lease, quota });
    for (const outcome of outcomes) count(meters, outcome);
    return failWithServer(outcomes);
  } finally {
    meters.uploadsRunning.add(-1);
    lease.close();
    await quota?.close();
  }
}

/** A file whose bytes have come. It is to be staged in any case, else they stay in the spool. */
export interface ArrivedFile {
  stage(): Promise<StagedFile>;
}

/** Brings one file: it gives its bytes to `receive`, and what is thrown on the way is the file's outcome. */
export type FileSource = (receive: (file: IncomingFile) => Promise<ArrivedFile>) => Promise<StagedFile>;

/**
 * Takes files that come each by itself, as from several addresses: all sources run at once, and one that fails fails
 * its file only. The rows of all are written in one transaction at the end.
 * @returns an outcome for each source, in their order.
 * @throws AppError when the rows cannot be written; the signal's reason. Nothing is kept then.
 */
export async function ingestEach(
  ctx: IngestCtx,
  placement: Placement,
  sources: readonly FileSource[],
): Promise<IngestOutcome[]> {
  const { meters } = ctx;
  const lease = new UploadLease(ctx);
  // Nobody waits for it before bytes come.
  const opening = openQuota(ctx, placement.mallId);
  opening.catch(() => {});
  meters.uploadsRunning.add(1);
  try {
    const staging = new Limiter({ concurrency: STAGING_AT_ONCE });
    const stage = async (file: ReceivedFile) => {
      const staged = await stageFile(ctx, file, { lease, quota: await opening });
      const [result] = await refuseOtherKinds(ctx, placement, [staged]);
      if (result && 'error' in result) throw result.error;
      return staged;
    };
    const receive = async (file: IncomingFile): Promise<ArrivedFile> => {
      lease.begin().catch(() => {});
      const received = await receiveFile(ctx, file, await opening);
      return { stage: () => staging.run(() => stage(received)) };
    };
    const results = await Promise.all(
      sources.map(
        async (source): Promise<StagingResult> =>
          await source(receive).catch((error: unknown) => ({ filename: '', error: explain(ctx, error) })),
      ),
    );
    if (ctx.signal.aborted) {
      for (const result of results) if (isStaged(result)) await discardFile(ctx, result);
      throw ctx.signal.reason;
    }
    const outcomes = await commit(ctx, { lease, quota: await opening }, placement, results);
    for (const outcome of outcomes) count(meters, outcome);
    return outcomes;
  } finally {
    meters.uploadsRunning.add(-1);
    lease.close();
    const quota = await opening.catch(() => undefined);
    await quota?.close();
  }
}

async function ingestWithin(
  ctx: IngestCtx,
  placement: Placement,
  files: AsyncIterable<IncomingFile> | Iterable<IncomingFile>,
  holds: Holds,
): Promise<IngestOutcome[]> {
  const staging = new Limiter({ concurrency: STAGING_AT_ONCE });
  const pending: Promise<StagingResult>[] = [];
  try {
    for await (const file of files) {
      const { received, result } = take(ctx, placement, holds, staging, file);
      pending.push(result);
      await received;
    }
    ctx.signal.throwIfAborted();
  } catch (error) {
    for (const result of await Promise.all(pending)) {
      if (isStaged(result)) await discardFile(ctx, result);
    }
    throw error instanceof BrokenUploadError && error.cause instanceof AppError ? error.cause : error;
  }
  const results = await refuseOtherKinds(ctx, placement, await Promise.all(pending));
  return await commit(ctx, holds, placement, results);
}

function count({ uploadedFiles, uploadedBytes }: Meters, outcome: IngestOutcome): void {
  if ('error' in outcome) {
    uploadedFiles.with('unknown', outcome.error.code).add();
    return;
  }
  if (outcome.known) return;
  const { kind, size } = outcome.material;
  uploadedFiles.with(kind, 'stored').add();
  uploadedBytes.with(kind).add(size);
}

/** Starts one file. `received` resolves when its bytes were read or refused, so that the next can come. */
function take(
  ctx: IngestCtx,
  placement: Placement,
  holds: Holds,
  staging: Limiter,
  file: IncomingFile,
): { received: Promise<void>; result: Promise<StagingResult> } {
  const { promise: received, resolve, reject } = Promise.withResolvers<void>();
  // The bytes come meanwhile; whoever needs it waits for it.
  holds.lease.begin().catch(() => {});
  const result = staging.run(async () => {
    try {
      const bytes = await receiveFile(ctx, file, holds.quota);
      resolve();
      return await stageFile(ctx, bytes, holds);
    } catch (error) {
      if (error instanceof BrokenUploadError) reject(error);
      else resolve();
      return await refuse(ctx, placement, file, error);
    }
  });
  return { received, result };
}

/** For what is here already under the file's id there is no room to be found, whatever was sent now. */
async function refuse(
  ctx: IngestCtx,
  { mallId }: Placement,
  { filename, uploadId }: IncomingFile,
  reason: unknown,
): Promise<IngestOutcome> {
  try {
    const isFull = reason instanceof AppError && reason.code === 'QUOTA_EXCEEDED';
    const material = isFull ? await findUploadedOne(ctx, mallId, uploadId) : undefined;
    if (material) return { filename, material, known: true };
    return { filename, error: explain(ctx, reason) };
  } catch (error) {
    return { filename, error: explain(ctx, error) };
  }
}

function isStaged(result: StagingResult): result is StagedFile {
  return 'facts' in result;
}

/** New bytes of a material must be of its kind, and some places take one kind only; what is another is taken back. */
async function refuseOtherKinds(
  ctx: IngestCtx,
  { kind, replaces }: Placement,
  results: readonly StagingResult[],
): Promise<StagingResult[]> {
  const only = replaces?.kind ?? kind;
  if (!only) return [...results];
  return await Promise.all(
    results.map(async (result) => {
      if (!isStaged(result) || result.facts.kind === only) return result;
      await discardFile(ctx, result);
      const error = new AppError(replaces ? 'FILE_KIND_DIFFERS' : 'FILE_TYPE_NOT_ALLOWED');
      return { filename: result.filename, error };
    }),
  );
}

async function commit(
  ctx: IngestCtx,
  holds: Holds,
  placement: Placement,
  results: readonly StagingResult[],
): Promise<IngestOutcome[]> {
  const staged = results.filter(isStaged).map(newMaterial);
  const done = new Map<StagedFile, CommittedFile>();
  if (staged.length > 0) {
    const committed = await commitFiles(ctx, placement, staged, holds).catch(async (error: unknown) => {
      await takeBack(ctx, staged, holds.lease);
      throw error;
    });
    holds.lease.settled();
    holds.quota?.settled();
    for (const { file, duplicate } of committed) {
      if (duplicate) continue;
      // The client need not wait for it. A name that is left has a row, which a restart finds.
      file.spoolFile.remove().catch((err: unknown) => ctx.log.warn({ err }, 'a name is left in the spool'));
    }
    await Promise.all(committed.map(({ file, duplicate }) => duplicate && discardFile(ctx, file)));
    for (const one of committed) {
      done.set(one.file, one);
      if (one.replaced) {
        await announceFiles(ctx, [one.material.basePath]);
        await releaseBlobs(ctx, [one.replaced]);
      }
    }
    ctx.placeholders.wake();
    announceMaterials(
      ctx,
      placement.replaces ? 'UPDATED' : 'CREATED',
      placement.mallId,
      committed.flatMap(({ material, known }) => (known || material.deletedAt ? [] : [material.id])),
    );
  }
  return results.map((result) => {
    if (!isStaged(result)) return result;
    const committed = done.get(result);
    if (!committed) throw new Error('a file was not committed');
    return { filename: result.filename, material: committed.material, known: committed.known === true };
  });
}

/** A request of which the server could keep nothing has failed, though its files may be fine. */
function failWithServer(outcomes: IngestOutcome[]): IngestOutcome[] {
  let fault: AppError | undefined;
  for (const outcome of outcomes) {
    if (!('error' in outcome) || !isServerFault(outcome.error)) return outcomes;
    fault ??= outcome.error;
  }
  if (fault) throw fault;
  return outcomes;
}

/** A full mall is no fault of the server, though HTTP has no status for it but a 5xx one. */
function isServerFault({ code }: AppError): boolean {
  return errorCatalogue[code].status >= 500 && code !== 'QUOTA_EXCEEDED';
}

function explain(ctx: IngestCtx, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof BrokenUploadError || isDatabaseUnavailable(error))) {
    ctx.log.error({ err: error }, 'a file could not be kept');
  }
  return toStorageError(error);
}
