import type { Ctx } from '../../context.ts';
import { releaseBytes } from './receive-file.ts';
import { type ReceivedFile, type StagedFile, storageKeyOf } from './staged-file.ts';
import type { UploadLease } from './upload-lease.ts';

/**
 * Examines a received file and puts it into the store, durably.
 * @throws AppError of the prober; the error of the file system or the database. Nothing of the file is left then.
 */
export async function stageFile(
  ctx: Ctx,
  file: ReceivedFile,
  lease?: Pick<UploadLease, 'begin'>,
): Promise<StagedFile> {
  const { blobId, filename, spoolFile, size, sha256, head, bytes } = file;
  try {
    // A probe may read the path though the bytes are at hand. They need not be durable for that: it syncs meanwhile.
    await spoolFile.write();
    const synced = spoolFile.finish();
    synced.catch(() => {});
    const probe = { path: spoolFile.path, size, head, ...(bytes ? { bytes } : {}) };
    const facts = await ctx.prober.probe(probe, ctx.signal);
    await synced;
    await lease?.begin();
    await ctx.store.put(storageKeyOf(blobId), spoolFile.path);
    return { blobId, filename, spoolFile, size, sha256, facts };
  } catch (error) {
    await spoolFile.remove();
    throw error;
  } finally {
    releaseBytes(ctx, file);
  }
}

/** Takes back a staged file that gets no row. */
export async function unstageFile(ctx: Ctx, file: StagedFile): Promise<void> {
  await ctx.store.remove(storageKeyOf(file.blobId));
  await file.spoolFile.remove();
}
