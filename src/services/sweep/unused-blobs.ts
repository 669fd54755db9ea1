import { and, gt, notExists, sql } from 'drizzle-orm';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { removeUnusedBlobs } from '../blob/release-blobs.ts';
import type { SweepOptions, SweepServices } from './sweep.ts';

const PAGE = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Removes blobs that lost their last material when the process ended. @returns how many, and their bytes. */
export async function sweepUnusedBlobs(
  services: SweepServices,
  { dryRun, signal }: SweepOptions,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const { db } = services;
  const uses = db.select({ one: sql`1` }).from(materials).where(sql`${materials.blobId} = ${blobs.id}`);
  let count = 0;
  let bytes = 0;
  for (let after = FIRST_ID; !signal?.aborted; ) {
    const unused = await db
      .select({ id: blobs.id, size: blobs.size })
      .from(blobs)
      .where(and(gt(blobs.id, after), notExists(uses)))
      .orderBy(blobs.id)
      .limit(PAGE);
    const removed = dryRun
      ? unused
      : await removeUnusedBlobs(
          services,
          unused.map(({ id }) => id),
        );
    count += removed.length;
    for (const { size } of removed) bytes += size;
    const last = unused.at(-1);
    if (!last || unused.length < PAGE) break;
    after = last.id;
  }
  return { blobs: count, bytes };
}
