import type { Ctx } from '../../context.ts';
import type { MallQuota } from './mall-quota.ts';
import { releaseBytes } from './receive-file.ts';
import { type ReceivedFile, type StagedFile, storageKeyOf } from './staged-file.ts';

/**
 * Examines a received file and puts it into the store, durably, when the mall has room for it.
 * @throws AppError of the prober; QUOTA_EXCEEDED; the file system's error. Nothing of the file is left then.
 */
export async function stageFile(
  ctx: Ctx,
  file: ReceivedFile,
  quota?: MallQuota | undefined,
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
    await quota?.reserve(file);
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
