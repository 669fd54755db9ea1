import { asc, eq, inArray } from 'drizzle-orm';
import { malls, memberships } from '../../adapters/db/schema.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';

export type MallRecord = typeof malls.$inferSelect;

/**
 * The malls that the actor may see, by id.
 * @throws AppError LOGIN_REQUIRED
 */
export async function listMalls(ctx: Ctx): Promise<MallRecord[]> {
  const actor = requireActor(ctx);
  const own = ctx.db
    .select({ id: memberships.mallId })
    .from(memberships)
    .where(eq(memberships.userId, actor.userId));
  return await ctx.db
    .select()
    .from(malls)
    .where(actor.role === 'ADMIN' ? undefined : inArray(malls.id, own))
    .orderBy(asc(malls.id));
}
