import { and, inArray, isNull } from 'drizzle-orm';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MaterialRecord, materialBlob, materialColumns } from './record.ts';

/**
 * Those of these materials that the actor may see, in any order; ids are UUIDs.
 * @throws AppError LOGIN_REQUIRED
 */
export async function loadMaterials(ctx: Ctx, ids: readonly string[]): Promise<MaterialRecord[]> {
  const actor = requireActor(ctx);
  if (ids.length === 0) return [];
  return await ctx.db
    .select(materialColumns)
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(
      and(
        inArray(materials.id, [...ids]),
        isNull(materials.deletedAt),
        inVisibleMalls(ctx.db, actor, materials.mallId),
      ),
    );
}
