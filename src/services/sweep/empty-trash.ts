import { and, inArray, lt, sql } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import { recordEvents } from '../audit/record-events.ts';
import { releaseBlobs } from '../blob/release-blobs.ts';
import { tell } from '../material/change-materials.ts';
import type { SweepOptions, SweepServices } from './sweep.ts';

/** Materials of one transaction. */
const PAGE = 500;

/** Purges what has been in the trash for too long. @returns how many materials. */
export async function emptyTrash(
  services: SweepServices,
  { trashDays, dryRun, signal }: SweepOptions,
): Promise<number> {
  const { db } = services;
  if (trashDays === 0) return 0;
  const due = lt(materials.deletedAt, sql`now() - make_interval(days => ${trashDays})`);
  if (dryRun) return await db.$count(materials, due);
  let purged = 0;
  while (!signal?.aborted) {
    const page = db
      .select({ id: materials.id })
      .from(materials)
      .where(due)
      .orderBy(materials.deletedAt)
      .limit(PAGE);
    const gone = await db.transaction(async (tx) => {
      const rows = await tx
        .delete(materials)
        // Somebody may restore one meanwhile.
        .where(and(inArray(materials.id, page), due))
        .returning({
          id: materials.id,
          mallId: materials.mallId,
          basePath: materials.basePath,
          blobId: materials.blobId,
          originFilename: materials.originFilename,
        });
      await recordEvents(
        tx,
        services,
        rows.map(({ id, mallId, originFilename }) => ({
          action: 'material.purged',
          mallId,
          subjectId: id,
          subjectName: originFilename,
          data: { trashDays },
        })),
      );
      return rows;
    });
    if (gone.length === 0) break;
    purged += gone.length;
    await tell(services, 'PURGED', gone);
    await releaseBlobs(services, [...new Set(gone.map(({ blobId }) => blobId))]);
  }
  return purged;
}
