import { eq } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Services } from '../context.ts';
import { changeRights, type SessionServices } from './end-sessions.ts';
import type { UserRecord } from './get-me.ts';
import { checkNewPassword, hashPassword } from './passwords.ts';

/**
 * Sets a password that the user must change at the next login, and ends their sessions. Whether the caller may do so
 * is not checked here.
 * @throws AppError NOT_FOUND, PARAMS_INVALID, PASSWORD_WEAK, SERVICE_UNAVAILABLE
 */
export async function setPassword(
  services: SessionServices & Pick<Services, 'passwords'>,
  { user, password }: { readonly user: Pick<UserRecord, 'id' | 'username'>; readonly password: string },
): Promise<UserRecord> {
  await checkNewPassword(password, user.username);
  const passwordHash = await hashPassword(services.passwords, password);
  const changed = await changeRights(services, user.id, async (tx) => {
    const [written] = await tx
      .update(users)
      .set({ passwordHash, mustChangePassword: true })
      .where(eq(users.id, user.id))
      .returning();
    if (!written) throw new Error('a locked row was not written');
    return written;
  });
  if (!changed) throw new AppError('NOT_FOUND');
  return changed;
}
