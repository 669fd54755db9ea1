import { randomBytes } from 'node:crypto';
import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { DatabaseTransaction } from './end-sessions.ts';
import type { UserRecord } from './get-me.ts';

/** Of an advisory lock: whoever takes an administrator away counts the others after anybody else has finished. */
const ADMIN_LOCK = 7_305_002;
const GENERATED_BYTES = 15;

/** 120 random bits in 20 characters. */
export function generatePassword(): string {
  return randomBytes(GENERATED_BYTES).toString('base64url');
}

/** @throws AppError NOT_FOUND */
export async function findUserByName(
  services: { readonly db: Database },
  username: string,
): Promise<UserRecord> {
  const [user] = await services.db
    .select()
    .from(users)
    .where(eq(sql`lower(${users.username})`, sql`lower(${username.replaceAll('\0', ' ')})`));
  if (!user) throw new AppError('NOT_FOUND', { detail: `No user is called ${JSON.stringify(username)}.` });
  return user;
}

/**
 * To be called inside the transaction that disables a user or takes the role from them.
 * @throws AppError LAST_ADMIN when no administrator would be left who can log in.
 */
export async function requireOtherAdmin(tx: DatabaseTransaction, user: UserRecord): Promise<void> {
  if (user.role !== 'ADMIN' || user.disabledAt !== null) return;
  await tx.execute(sql`select pg_advisory_xact_lock(${ADMIN_LOCK})`);
  const [other] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'ADMIN'), isNull(users.disabledAt), ne(users.id, user.id)))
    .limit(1);
  if (!other) throw new AppError('LAST_ADMIN');
}
