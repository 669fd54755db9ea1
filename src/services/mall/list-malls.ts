import { asc } from 'drizzle-orm';
import { malls } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MallRecord, mallColumns } from './record.ts';

/**
 * The malls that the actor may see, by id.
 * @throws AppError LOGIN_REQUIRED
 */
export async function listMalls(ctx: Ctx): Promise<MallRecord[]> {
  const actor = requireActor(ctx);
  return await ctx.db
    .select(mallColumns)
    .from(malls)
    .where(inVisibleMalls(ctx.db, actor, malls.id))
    .orderBy(asc(malls.id));
}
