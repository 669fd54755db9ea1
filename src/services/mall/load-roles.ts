import { and, eq, inArray } from 'drizzle-orm';
import { type MallRole, malls, memberships } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';

/**
 * What the actor is in malls, by the malls' ids; no entry for one that the actor may not see.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function loadRoles(
  ctx: Ctx,
  mallIds: readonly number[],
): Promise<ReadonlyMap<number, MallRole | 'ADMIN'>> {
  const actor = requireActor(ctx);
  const ids = [...mallIds];
  if (actor.role === 'ADMIN') {
    const rows = await ctx.db
      .select({ id: malls.id })
      .from(malls)
      .where(and(inArray(malls.id, ids), inVisibleMalls(ctx.db, actor, malls.id)));
    return new Map(rows.map(({ id }) => [id, 'ADMIN']));
  }
  const rows = await ctx.db
    .select({ id: memberships.mallId, role: memberships.role })
    .from(memberships)
    .where(
      and(
        inArray(memberships.mallId, ids),
        eq(memberships.userId, actor.userId),
        inVisibleMalls(ctx.db, actor, memberships.mallId),
      ),
    );
  return new Map(rows.map(({ id, role }) => [id, role]));
}
