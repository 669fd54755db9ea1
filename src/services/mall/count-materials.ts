import { and, count, inArray, isNull } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';

/**
 * How many materials malls have, without those in the trash, by the malls' ids; no entry for a mall that has none or
 * that the actor may not see.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function countMaterials(
  ctx: Ctx,
  mallIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const actor = requireActor(ctx);
  const rows = await ctx.db
    .select({ mallId: materials.mallId, count: count() })
    .from(materials)
    .where(
      and(
        inArray(materials.mallId, [...mallIds]),
        isNull(materials.deletedAt),
        inVisibleMalls(ctx.db, actor, materials.mallId),
      ),
    )
    .groupBy(materials.mallId);
  return new Map(rows.flatMap(({ mallId, count }) => (mallId === null ? [] : [[mallId, count] as const])));
}
