import { eq } from 'drizzle-orm';
import { isUniqueViolation } from '../../adapters/db/errors.ts';
import { type UserRole, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireAdmin } from '../access.ts';
import { changeRights, type DatabaseTransaction } from '../account/end-sessions.ts';
import type { UserRecord } from '../account/get-me.ts';
import { requireOtherAdmin } from '../account/user-rules.ts';
import type { Ctx } from '../context.ts';
import { parseName } from '../names.ts';
import { getUser } from './get-user.ts';

/** What is left out or null stays as it is. */
export interface UpdateUserInput {
  readonly userId: number;
  readonly username?: string | null | undefined;
  readonly role?: UserRole | null | undefined;
  readonly disabled?: boolean | null | undefined;
}

/**
 * Changes a user and ends all their sessions; when nothing changes they stay.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND, PARAMS_INVALID (name),
 * USERNAME_TAKEN, LAST_ADMIN
 */
export async function updateUser(ctx: Ctx, input: UpdateUserInput): Promise<UserRecord> {
  requireAdmin(ctx);
  const username = input.username == null ? undefined : parseName(input.username);
  if (!isId(input.userId)) throw new AppError('NOT_FOUND');

  const change = async (tx: DatabaseTransaction, current: UserRecord) => {
    const next = {
      username: username ?? current.username,
      role: input.role ?? current.role,
      disabledAt: disabledAt(current, input.disabled),
    };
    const isSame =
      next.username === current.username &&
      next.role === current.role &&
      next.disabledAt === current.disabledAt;
    if (isSame) return undefined;
    const staysAdmin = next.role === 'ADMIN' && next.disabledAt === null;
    if (!staysAdmin) await requireOtherAdmin(tx, current);
    const [written] = await tx.update(users).set(next).where(eq(users.id, current.id)).returning();
    return written;
  };

  try {
    const changed = await changeRights(ctx, input.userId, change);
    const user = changed ?? (await getUser(ctx, input.userId));
    if (!user) throw new AppError('NOT_FOUND');
    return user;
  } catch (error) {
    throw isUniqueViolation(error, 'users_username') ? new AppError('USERNAME_TAKEN') : error;
  }
}

function disabledAt(current: UserRecord, disabled: boolean | null | undefined): Date | null {
  if (disabled == null) return current.disabledAt;
  return disabled ? (current.disabledAt ?? new Date()) : null;
}
