import { isUniqueViolation } from '../../adapters/db/errors.ts';
import { type UserRole, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { type AuditSource, recordEvents } from '../audit/record-events.ts';
import { userSubject } from '../audit/user-events.ts';
import type { Services } from '../context.ts';
import { parseName } from '../names.ts';
import type { UserRecord } from './get-me.ts';
import { checkNewPassword, hashPassword } from './passwords.ts';

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly role: UserRole;
}

/**
 * Makes a user, who must change the password at the first login. Whether the caller may do so is not checked here.
 * @throws AppError PARAMS_INVALID, PASSWORD_WEAK, USERNAME_TAKEN, SERVICE_UNAVAILABLE
 */
export async function addUser(
  services: Pick<Services, 'db' | 'passwords'> & AuditSource,
  { username: name, password, role }: NewUser,
): Promise<UserRecord> {
  const username = parseName(name);
  await checkNewPassword(password, username);
  const passwordHash = await hashPassword(services.passwords, password);
  try {
    return await services.db.transaction(async (tx) => {
      const [user] = await tx
        .insert(users)
        .values({ username, passwordHash, role, mustChangePassword: true })
        .returning();
      if (!user) throw new Error('a row was not returned');
      await recordEvents(tx, services, [{ ...userSubject('user.created', user), data: { role } }]);
      return user;
    });
  } catch (error) {
    if (isUniqueViolation(error, 'users_username')) throw new AppError('USERNAME_TAKEN');
    throw error;
  }
}
