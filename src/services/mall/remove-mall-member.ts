import { and, eq } from 'drizzle-orm';
import { memberships } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireMall } from '../access.ts';
import { changeRights } from '../account/end-sessions.ts';
import type { Ctx } from '../context.ts';

/**
 * Takes a member out of a mall and ends their sessions. The last owner may go too: there are always administrators.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND (mall, member), FORBIDDEN
 */
export async function removeMallMember(
  ctx: Ctx,
  { mallId, userId }: { readonly mallId: number; readonly userId: number },
): Promise<void> {
  await requireMall(ctx, mallId, 'manage');
  if (!isId(userId)) throw new AppError('NOT_FOUND');
  const removed = await changeRights(ctx, userId, async (tx, user) => {
    const rows = await tx
      .delete(memberships)
      .where(and(eq(memberships.mallId, mallId), eq(memberships.userId, userId)))
      .returning({ userId: memberships.userId });
    return rows.length > 0 ? user : undefined;
  });
  if (!removed) throw new AppError('NOT_FOUND');
}
