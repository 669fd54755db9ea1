import { isUniqueViolation } from '../../adapters/db/errors.ts';
import { type UserRole, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import type { UserRecord } from '../account/get-me.ts';
import type { Ctx } from '../context.ts';
import { parseName } from '../names.ts';
import { givePassword } from './given-password.ts';

export interface CreateUserInput {
  readonly username: string;
  /** By default one is made. */
  readonly password?: string | null | undefined;
  readonly role: UserRole;
}

/** A user with a password that they must change. */
export interface UserCredentials {
  readonly user: UserRecord;
  /** Set when it was made here: to be shown once. */
  readonly generatedPassword: string | undefined;
}

/**
 * Makes a user, who must change the password at the first login.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (name, password), PASSWORD_WEAK,
 * USERNAME_TAKEN, SERVICE_UNAVAILABLE
 */
export async function createUser(ctx: Ctx, input: CreateUserInput): Promise<UserCredentials> {
  requireAdmin(ctx);
  const username = parseName(input.username);
  const { passwordHash, generated } = await givePassword(ctx, username, input.password);
  try {
    const [user] = await ctx.db
      .insert(users)
      .values({ username, passwordHash, role: input.role, mustChangePassword: true })
      .returning();
    if (!user) throw new Error('a row was not returned');
    return { user, generatedPassword: generated };
  } catch (error) {
    throw isUniqueViolation(error, 'users_username') ? new AppError('USERNAME_TAKEN') : error;
  }
}
