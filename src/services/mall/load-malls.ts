import { inArray } from 'drizzle-orm';
import { malls } from '../../adapters/db/schema.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { MallRecord } from './list-malls.ts';

/**
 * Malls that a material or another object which the actor may see mentions.
 * @throws AppError LOGIN_REQUIRED
 */
export async function loadMalls(ctx: Ctx, ids: readonly number[]): Promise<MallRecord[]> {
  requireActor(ctx);
  return await ctx.db
    .select()
    .from(malls)
    .where(inArray(malls.id, [...ids]));
}
