import { eq, sql } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { changeRights, type SessionServices } from './end-sessions.ts';
import type { UserRecord } from './get-me.ts';
import { requireOtherAdmin } from './user-rules.ts';

/**
 * Keeps a user from logging in, and from what they are logged in to, or lets them in again. Whether the caller may do
 * so is not checked here.
 * @throws AppError NOT_FOUND, LAST_ADMIN, SERVICE_UNAVAILABLE
 */
export async function setUserDisabled(
  services: SessionServices,
  { userId, disabled }: { readonly userId: number; readonly disabled: boolean },
): Promise<UserRecord> {
  const changed = await changeRights(services, userId, async (tx, user) => {
    if (disabled) await requireOtherAdmin(tx, user);
    if ((user.disabledAt !== null) === disabled) return user;
    const [written] = await tx
      .update(users)
      .set({ disabledAt: disabled ? sql`now()` : null })
      .where(eq(users.id, user.id))
      .returning();
    if (!written) throw new Error('a locked row was not written');
    return written;
  });
  if (!changed) throw new AppError('NOT_FOUND');
  return changed;
}
