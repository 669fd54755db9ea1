import { eq } from 'drizzle-orm';
import { malls } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MallRecord, mallColumns } from './record.ts';

/**
 * One mall, or null when there is none that the actor may see.
 * @throws AppError LOGIN_REQUIRED
 */
export async function getMall(ctx: Ctx, mallId: number): Promise<MallRecord | null> {
  try {
    await requireMall(ctx, mallId, 'read');
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
  const [mall] = await ctx.db.select(mallColumns).from(malls).where(eq(malls.id, mallId));
  return mall ?? null;
}
