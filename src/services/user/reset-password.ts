import { eq } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireAdmin } from '../access.ts';
import { changeRights } from '../account/end-sessions.ts';
import type { Ctx } from '../context.ts';
import type { UserCredentials } from './create-user.ts';
import { getUser } from './get-user.ts';
import { givePassword } from './given-password.ts';

/**
 * Gives a user a new password, which they must change at the next login. Their sessions end; their API tokens do nothing
 * until it is changed.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND, PARAMS_INVALID (password; oneself),
 * PASSWORD_WEAK, SERVICE_UNAVAILABLE
 */
export async function resetPassword(
  ctx: Ctx,
  input: { readonly userId: number; readonly newPassword?: string | null | undefined },
): Promise<UserCredentials> {
  const actor = requireAdmin(ctx);
  // Nobody gets around the question for the current password.
  if (input.userId === actor.userId) {
    throw new AppError('PARAMS_INVALID', { detail: 'Your own password is changed with changePassword.' });
  }
  const target = isId(input.userId) ? await getUser(ctx, input.userId) : null;
  if (!target) throw new AppError('NOT_FOUND');
  const { passwordHash, generated } = await givePassword(ctx, target.username, input.newPassword);
  const user = await changeRights(ctx, target.id, async (tx, { id }) => {
    const [written] = await tx
      .update(users)
      .set({ passwordHash, mustChangePassword: true })
      .where(eq(users.id, id))
      .returning();
    return written;
  });
  if (!user) throw new AppError('NOT_FOUND');
  return { user, generatedPassword: generated };
}
