import { inArray } from 'drizzle-orm';
import { blobs, quotaReservations } from '../../../adapters/db/schema.ts';
import type { Services } from '../../context.ts';
import { sweepReservations } from './mall-quota.ts';
import { storageKeyOf } from './staged-file.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PAGE = 1000;

/**
 * Ends what a killed process left in the spool: bytes that got a row stay, the others are removed from the store, and
 * room that was reserved for them is free again.
 * Runs before the first upload is taken.
 */
export async function recoverSpool(
  services: Pick<Services, 'db' | 'spool' | 'store' | 'log'>,
): Promise<void> {
  const names = await services.spool.names();
  let removed = 0;
  for (let start = 0; start < names.length; start += PAGE) {
    const page = names.slice(start, start + PAGE);
    const ids = page.filter((name) => UUID.test(name));
    const rows = ids.length
      ? await services.db.select({ id: blobs.id }).from(blobs).where(inArray(blobs.id, ids))
      : [];
    if (ids.length) await services.db.delete(quotaReservations).where(inArray(quotaReservations.id, ids));
    const known = new Set(rows.map(({ id }) => id));
    for (const name of page) {
      if (UUID.test(name) && !known.has(name)) {
        try {
          await services.store.abandon(storageKeyOf(name));
        } catch (error) {
          services.log.warn({ err: error, blobId: name }, 'an unwanted file is removed at the next start');
          continue;
        }
        removed++;
      }
      await services.spool.remove(name);
    }
  }
  await sweepReservations(services.db);
  if (removed > 0) services.log.info({ removed }, 'removed the bytes of uploads that were cut off');
}
