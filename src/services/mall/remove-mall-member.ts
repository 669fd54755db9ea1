import { and, eq } from 'drizzle-orm';
import { memberships } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireMall } from '../access.ts';
import { changeRights } from '../account/end-sessions.ts';
import { memberEvent } from '../audit/member-events.ts';
import { recordEvents } from '../audit/record-events.ts';
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
    const [gone] = await tx
      .delete(memberships)
      .where(and(eq(memberships.mallId, mallId), eq(memberships.userId, userId)))
      .returning({ role: memberships.role });
    if (!gone) return undefined;
    await recordEvents(tx, ctx, [memberEvent({ mallId, user, before: gone.role, after: null })]);
    return user;
  });
  if (!removed) throw new AppError('NOT_FOUND');
}
