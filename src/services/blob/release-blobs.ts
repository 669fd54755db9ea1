import { and, inArray, notExists, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { mayPurge } from '../backup/hold-purges.ts';
import type { Services } from '../context.ts';
import { announceFiles } from '../material/changes.ts';

/** Rows that are locked at once. */
const PAGE = 200;

/** A blob that no material showed any more. */
interface ReleasedBlob {
  readonly storageKey: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Removes those of these blobs that no material shows: their rows, then, when that is committed, their bytes. Bytes
 * that stay because the store cannot be asked, or because the process ends here, are left to `sweep`.
 * @returns what was removed.
 * @throws the database's error.
 */
export async function removeUnusedBlobs(
  services: Pick<Services, 'db' | 'store' | 'events' | 'log'>,
  blobIds: readonly string[],
): Promise<ReleasedBlob[]> {
  const all: ReleasedBlob[] = [];
  for (let start = 0; start < blobIds.length; start += PAGE) {
    const removed = await removeRows(services.db, blobIds.slice(start, start + PAGE));
    // What a backup still reads is left to a later sweep.
    const purged = removed.length > 0 && (await mayPurge(services.db)) ? removed : [];
    for (const { storageKey } of purged) {
      try {
        await services.store.remove(storageKey);
      } catch (error) {
        services.log.warn({ err: error, storageKey }, 'bytes that nobody needs are left to the sweep');
      }
    }
    await announceFiles(
      services,
      [],
      removed.map(({ sha256 }) => sha256),
    );
    all.push(...removed);
  }
  return all;
}

/** The same after a change that was committed and is not to fail any more: `sweep` does what was not done. */
export async function releaseBlobs(
  services: Pick<Services, 'db' | 'store' | 'events' | 'log'>,
  blobIds: readonly string[],
): Promise<void> {
  try {
    await removeUnusedBlobs(services, blobIds);
  } catch (error) {
    services.log.warn({ err: error, blobIds }, 'blobs that nobody needs are left to the sweep');
  }
}

/**
 * An upload of the same bytes locks the blob before it points at it. So once the lock is had every material that shows
 * the blob can be seen by the next statement; and an upload that waits for the lock finds no row, and makes its own.
 */
async function removeRows(db: Database, blobIds: readonly string[]): Promise<ReleasedBlob[]> {
  return await db.transaction(async (tx) => {
    const ours = inArray(blobs.id, [...blobIds]);
    await tx
      .select({ id: blobs.id })
      .from(blobs)
      .where(ours)
      // Uploads lock theirs in the same order.
      .orderBy(sql`${blobs.sha256} collate "C"`, blobs.id)
      .for('update');
    const uses = tx.select({ one: sql`1` }).from(materials).where(sql`${materials.blobId} = ${blobs.id}`);
    return await tx
      .delete(blobs)
      .where(and(ours, notExists(uses)))
      .returning({ storageKey: blobs.storageKey, sha256: blobs.sha256, size: blobs.size });
  });
}
