import { eq } from 'drizzle-orm';
import { isForeignKeyViolation } from '../../adapters/db/errors.ts';
import { malls } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireAdmin } from '../access.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';

/**
 * Removes a mall that has no materials, not even in the trash, with its memberships and the API tokens that reach it
 * alone. An upload that is under way fails.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND, MALL_NOT_EMPTY
 */
export async function deleteMall(ctx: Ctx, mallId: number): Promise<void> {
  requireAdmin(ctx);
  if (!isId(mallId)) throw new AppError('NOT_FOUND');
  try {
    // Materials and blobs point at their mall, so the database itself keeps one that is not empty.
    await ctx.db.transaction(async (tx) => {
      const [removed] = await tx.delete(malls).where(eq(malls.id, mallId)).returning({ name: malls.name });
      if (!removed) throw new AppError('NOT_FOUND');
      await recordEvents(tx, ctx, [
        { action: 'mall.deleted', mallId: null, subjectId: mallId, subjectName: removed.name },
      ]);
    });
  } catch (error) {
    throw isForeignKeyViolation(error) ? new AppError('MALL_NOT_EMPTY') : error;
  }
}
