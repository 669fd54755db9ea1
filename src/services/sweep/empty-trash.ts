import { and, inArray, lt, sql } from 'drizzle-orm';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { recordEvents } from '../audit/record-events.ts';
import { releaseBlobs } from '../blob/release-blobs.ts';
import { tell } from '../material/change-materials.ts';
import { materialBlob, materialColumns } from '../material/record.ts';
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
        .select({ material: materialColumns, blobId: materials.blobId })
        .from(materials)
        .innerJoin(blobs, materialBlob)
        // Somebody may restore one meanwhile.
        .where(and(inArray(materials.id, page), due))
        .orderBy(materials.id)
        .for('update', { of: materials });
      const ids = rows.map(({ material }) => material.id);
      if (ids.length > 0) await tx.delete(materials).where(inArray(materials.id, ids));
      await recordEvents(
        tx,
        services,
        rows.map(({ material }) => ({
          action: 'material.purged',
          mallId: material.mallId,
          subjectId: material.id,
          subjectName: material.originFilename,
          data: { trashDays },
          material,
        })),
      );
      return rows;
    });
    if (gone.length === 0) break;
    purged += gone.length;
    await tell(
      services,
      'PURGED',
      gone.map(({ material }) => material),
    );
    await releaseBlobs(services, [...new Set(gone.map(({ blobId }) => blobId))]);
  }
  return purged;
}
