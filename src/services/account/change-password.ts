import { eq } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { changeRights } from './end-sessions.ts';
import { type Login, loginOf } from './log-in.ts';
import { checkNewPassword, hashPassword, verifyPassword, withPasswordSlot } from './passwords.ts';

/**
 * Sets a new password and ends every session of the user; the transport starts a new one for the caller.
 * @throws AppError LOGIN_REQUIRED, FORBIDDEN (an API token), INVALID_CREDENTIALS (wrong current password),
 * PARAMS_INVALID (length; the same again where it must change), PASSWORD_WEAK, RATE_LIMITED
 */
export async function changePassword(
  ctx: Ctx,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Login> {
  const { actor } = ctx;
  if (!actor) throw new AppError('LOGIN_REQUIRED');
  if (actor.token)
    throw new AppError('FORBIDDEN', {
      detail: { en: 'This needs a session, not an API token.', zh: '需要登录会话，不能使用 API 令牌' },
    });
  await checkNewPassword(input.newPassword, actor.username);
  if (actor.mustChangePassword && input.newPassword === input.currentPassword) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: 'The new password is the old one.', zh: '新密码与旧密码相同' },
    });
  }

  const [user] = await ctx.db.select().from(users).where(eq(users.id, actor.userId));
  await withPasswordSlot(ctx.passwords, async () => {
    const key = String(actor.userId);
    const retryAfter = await ctx.loginLimits.change.take(key);
    if (retryAfter > 0) throw new AppError('RATE_LIMITED', { retryAfter });
    const check = { password: input.currentPassword, hash: user?.passwordHash, legacy: ctx.passwordLegacy };
    if (!(await verifyPassword(check))) throw new AppError('INVALID_CREDENTIALS');
    await ctx.loginLimits.change.giveBack(key);
  });

  const passwordHash = await hashPassword(ctx.passwords, input.newPassword);
  const changed = await changeRights(ctx, actor.userId, async (tx, current) => {
    // Two changes at once: the later one has not shown that it knows the password that counts now.
    if (current.passwordHash !== user?.passwordHash) throw new AppError('INVALID_CREDENTIALS');
    const [written] = await tx
      .update(users)
      .set({ passwordHash, mustChangePassword: false })
      .where(eq(users.id, current.id))
      .returning();
    if (!written) throw new Error('a locked row was not written');
    return written;
  });
  if (!changed) throw new AppError('INVALID_CREDENTIALS');
  return loginOf(ctx, changed, { isRecorded: false });
}
