import { and, eq, inArray, isNull } from 'drizzle-orm';
import { blobs, materials } from '../../adapters/db/schema.ts';
import type { Ctx } from '../context.ts';
import { type MaterialRecord, materialBlob, materialColumns } from '../material/record.ts';

/** Avatars by their ids, which are UUIDs. Everybody who sees a user may see what they look like. */
export async function loadAvatars(
  { db }: Pick<Ctx, 'db'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MaterialRecord>> {
  const rows = await db
    .select(materialColumns)
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(and(inArray(materials.id, [...ids]), eq(materials.source, 'AVATAR'), isNull(materials.deletedAt)));
  return new Map(rows.map((row) => [row.id, row]));
}
