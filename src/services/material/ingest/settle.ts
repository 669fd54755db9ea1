import { and, inArray, isNull, notExists, sql } from 'drizzle-orm';
import { blobs, materials } from '../../../adapters/db/schema.ts';
import type { Services } from '../../context.ts';
import type { NewMaterial } from './commit-files.ts';
import { storageKeyOf } from './staged-file.ts';
import type { UploadLease } from './upload-lease.ts';

const RETRY_MS = 2000;

type StoreServices = Pick<Services, 'db' | 'log' | 'store'>;

/**
 * Takes back files whose commit failed. It may have succeeded with its answer lost, so their rows go first (but for
 * those with an upload id), then their bytes. While the database cannot be asked the bytes stay, and it is tried again;
 * a restart settles what is left (`recoverSpool`).
 */
export async function takeBack(
  services: StoreServices,
  files: readonly NewMaterial[],
  lease: UploadLease,
): Promise<void> {
  try {
    await removeRows(services, files, lease);
  } catch (error) {
    services.log.warn(
      { err: error, files: files.length },
      'an upload whose commit failed is taken back later',
    );
    setTimeout(() => void takeBack(services, files, lease), RETRY_MS).unref();
  }
}

async function removeRows(
  services: StoreServices,
  files: readonly NewMaterial[],
  lease: UploadLease,
): Promise<void> {
  const blobIds = files.map(({ file }) => file.blobId);
  const kept = await services.db.transaction(async (tx) => {
    await lease.conclude(tx);
    const ids = files.map(({ id }) => id);
    // Whoever sends a file again under its id may have been told meanwhile that it is here.
    await tx.delete(materials).where(and(inArray(materials.id, ids), isNull(materials.uploadId)));
    // Another upload of the same bytes may point at our blob by now.
    const uses = tx.select({ one: sql`1` }).from(materials).where(sql`${materials.blobId} = ${blobs.id}`);
    await tx.delete(blobs).where(and(inArray(blobs.id, blobIds), notExists(uses)));
    return await tx.select({ id: blobs.id }).from(blobs).where(inArray(blobs.id, blobIds));
  });
  for (const { file } of files) {
    if (!kept.some(({ id }) => id === file.blobId)) await services.store.remove(storageKeyOf(file.blobId));
    await file.spoolFile.remove();
  }
}
