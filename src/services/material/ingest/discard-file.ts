import type { Services } from '../../context.ts';
import { type ReceivedFile, storageKeyOf } from './staged-file.ts';

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Removes a file that has no row and gets none: from the store, then from the spool. While the store cannot be asked
 * its name stays in the spool, without its bytes, and it is tried again; a restart settles what is left
 * (`recoverSpool`). It never fails: what has made the file unwanted is what the client shall hear of.
 */
export async function discardFile(
  services: Pick<Services, 'store' | 'log'>,
  file: Pick<ReceivedFile, 'blobId' | 'spoolFile'>,
  pause = FIRST_PAUSE_MS,
): Promise<void> {
  try {
    await services.store.abandon(storageKeyOf(file.blobId));
    await file.spoolFile.remove();
  } catch (error) {
    services.log.warn({ err: error, blobId: file.blobId }, 'an unwanted file is removed later');
    await file.spoolFile.empty().catch(() => {});
    const again = () => void discardFile(services, file, Math.min(2 * pause, LONGEST_PAUSE_MS));
    setTimeout(again, pause).unref();
  }
}
