import type { UserRole } from '../../adapters/db/schema.ts';
import { requireAdmin } from '../access.ts';
import { addUser } from '../account/add-user.ts';
import type { UserRecord } from '../account/get-me.ts';
import { generatePassword } from '../account/user-rules.ts';
import type { Ctx } from '../context.ts';

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
  const generatedPassword = input.password == null ? generatePassword() : undefined;
  const password = input.password ?? generatedPassword ?? '';
  const user = await addUser(ctx, { username: input.username, password, role: input.role });
  return { user, generatedPassword };
}
