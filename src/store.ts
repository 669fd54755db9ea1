import { LocalStore } from './adapters/storage/local-store.ts';
import type { ObjectStore } from './adapters/storage/object-store.ts';
import type { StorageConfig } from './config.ts';
import { usable } from './database.ts';
import type { Logger } from './lib/logger.ts';

/** No upload of a file to the store takes longer. */
const UPLOAD_LEASE_MS = 24 * 3_600_000;

/**
 * Opens what STORAGE_URL names. The modules of a store are read only where it is used.
 * @throws ConfigError
 */
export async function openStore(storage: StorageConfig): Promise<ObjectStore> {
  if (storage.kind === 'file') {
    return await usable('STORAGE_URL', `file:${storage.directory}`, LocalStore.open(storage.directory));
  }
  const { S3Store } = await import('./adapters/storage/s3-store.ts');
  const { bucket, prefix } = storage;
  const shown = `s3://${bucket.name}/${prefix}?endpoint=${bucket.endpoint}&region=${bucket.region}`;
  const opening = S3Store.open({ bucket, prefix });
  return await usable('STORAGE_URL', shown, opening, 'must be a bucket that can be written and listed');
}

/** Ends what no instance goes on with, while the server does other things. */
export function endUnfinishedUploads(store: ObjectStore, log: Logger): void {
  store.removeUnfinished?.(UPLOAD_LEASE_MS).then(
    (removed) =>
      removed > 0 && log.info({ removed }, 'ended old uploads to the store that nobody went on with'),
    (error: unknown) => log.warn({ err: error }, 'old unfinished uploads stay in the store for now'),
  );
}
