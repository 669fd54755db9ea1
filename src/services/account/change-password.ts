import { eq } from 'drizzle-orm';
import { sessions, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireActor } from '../access.ts';
import type { Actor, Ctx } from '../context.ts';
import { hashPassword, MAX_PASSWORD_LENGTH, verifyPassword } from './passwords.ts';

const MIN_PASSWORD_LENGTH = 8;

/**
 * Sets a new password and ends every session of the user; the transport starts a new one for the caller.
 * @throws AppError LOGIN_REQUIRED, INVALID_CREDENTIALS (wrong current password), PARAMS_INVALID
 */
export async function changePassword(
  ctx: Ctx,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Actor> {
  const length = input.newPassword.length;
  if (length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH) {
    throw new AppError('PARAMS_INVALID', { detail: 'A password has 8 to 1,000 characters.' });
  }
  const actor = requireActor(ctx);
  const [user] = await ctx.db.select().from(users).where(eq(users.id, actor.userId));
  const matches = await verifyPassword(ctx.passwords, input.currentPassword, user?.passwordHash);
  if (!matches) throw new AppError('INVALID_CREDENTIALS');

  const passwordHash = await hashPassword(ctx.passwords, input.newPassword);
  await ctx.db.transaction(async (tx) => {
    await tx.update(users).set({ passwordHash, mustChangePassword: false }).where(eq(users.id, actor.userId));
    await tx.delete(sessions).where(eq(sessions.userId, actor.userId));
  });
  return actor;
}
