import { inArray } from 'drizzle-orm';
import { blobs, exportJobs, quotaReservations } from '../../../adapters/db/schema.ts';
import type { Services } from '../../context.ts';
import { exportKeyOfSpoolName } from '../../export-job/export-key.ts';
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
    const known = new Set([...rows.map(({ id }) => id), ...(await keptExports(services, page))]);
    for (const name of page) {
      const key = UUID.test(name) ? storageKeyOf(name) : exportKeyOfSpoolName(name);
      if (key !== undefined && !known.has(name)) {
        try {
          await services.store.abandon(key);
        } catch (error) {
          services.log.warn({ err: error, storageKey: key }, 'an unwanted file is removed at the next start');
          continue;
        }
        removed++;
      }
      await services.spool.remove(name);
    }
  }
  await sweepReservations(services.db);
  if (removed > 0)
    services.log.info({ removed }, 'removed the bytes of uploads and exports that were cut off');
}

/** Names of exports that were kept. */
async function keptExports({ db }: Pick<Services, 'db'>, names: readonly string[]): Promise<string[]> {
  const exports = names.flatMap((name) => {
    const key = exportKeyOfSpoolName(name);
    return key === undefined ? [] : [{ name, key }];
  });
  if (exports.length === 0) return [];
  const kept = await db
    .select({ key: exportJobs.storageKey })
    .from(exportJobs)
    .where(
      inArray(
        exportJobs.storageKey,
        exports.map(({ key }) => key),
      ),
    );
  return exports.filter(({ key }) => kept.some((row) => row.key === key)).map(({ name }) => name);
}
