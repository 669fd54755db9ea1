import { and, inArray } from 'drizzle-orm';
import { malls } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MallRecord, mallColumns } from './record.ts';

/**
 * Malls that another object mentions, of those that the actor may see.
 * @throws AppError LOGIN_REQUIRED
 */
export async function loadMalls(ctx: Ctx, ids: readonly number[]): Promise<MallRecord[]> {
  const actor = requireActor(ctx);
  return await ctx.db
    .select(mallColumns)
    .from(malls)
    .where(and(inArray(malls.id, [...ids]), inVisibleMalls(ctx.db, actor, malls.id)));
}
