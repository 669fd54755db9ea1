import type { Holds } from './commit-files.ts';
import { discardFile } from './discard-file.ts';
import { type IngestCtx, type ReceivedFile, type StagedFile, storageKeyOf } from './staged-file.ts';

/**
 * Examines a received file and puts it into the store, durably, when the mall has room for it.
 * @throws AppError of the prober; QUOTA_EXCEEDED; the error of the file system, the store or the database. The file is
 * discarded then.
 */
export async function stageFile(
  ctx: IngestCtx,
  file: ReceivedFile,
  { lease, quota }: Partial<Holds> = {},
): Promise<StagedFile> {
  const { blobId, filename, uploadId, spoolFile, size, sha256, head, bytes } = file;
  let mayBeStored = false;
  try {
    // A probe may read the path though the bytes are at hand. They need not be durable for that: it syncs meanwhile.
    const isAtHand = bytes !== undefined && !spoolFile.isBegun;
    if (!isAtHand) await spoolFile.write();
    const synced = spoolFile.finish(bytes);
    synced.catch(() => {});
    const buffers = { head, ...(bytes && { bytes }), ...(isAtHand && { written: synced }) };
    const probe = { path: spoolFile.path, size, ...buffers };
    const facts = await ctx.prober.probe(probe, ctx.signal);
    await synced;
    await lease?.begin();
    await quota?.reserve(file);
    mayBeStored = true;
    await ctx.store.put(storageKeyOf(blobId), spoolFile.path);
    return { blobId, filename, uploadId, spoolFile, size, sha256, facts };
  } catch (error) {
    await (mayBeStored ? discardFile(ctx, file) : spoolFile.remove());
    throw error;
  } finally {
    file.release();
  }
}
