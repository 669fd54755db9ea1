import { AppError } from '../../errors.ts';
import { isId, requireAdmin } from '../access.ts';
import { setPassword } from '../account/set-password.ts';
import { generatePassword } from '../account/user-rules.ts';
import type { Ctx } from '../context.ts';
import type { UserCredentials } from './create-user.ts';
import { getUser } from './get-user.ts';

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
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: 'Your own password is changed with changePassword.',
        zh: '自己的密码请用 changePassword 修改',
      },
    });
  }
  const target = isId(input.userId) ? await getUser(ctx, input.userId) : null;
  if (!target) throw new AppError('NOT_FOUND');
  const generatedPassword = input.newPassword == null ? generatePassword() : undefined;
  const password = input.newPassword ?? generatedPassword ?? '';
  return { user: await setPassword(ctx, { user: target, password }), generatedPassword };
}
