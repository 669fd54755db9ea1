import { and, eq, inArray, sql } from 'drizzle-orm';
import { memberships, users } from '../../../adapters/db/schema.ts';
import { AppError } from '../../../errors.ts';
import { memberEvent } from '../../audit/member-events.ts';
import { recordEvents } from '../../audit/record-events.ts';
import { changeRights } from '../end-sessions.ts';
import type { UserRecord } from '../get-me.ts';
import { isLegacyHash, verifyLegacyDigest, verifyPassword, withPasswordSlot } from '../passwords.ts';
import { requireOtherAdmin } from '../user-rules.ts';
import { hashSecret } from './add-users.ts';
import type { CheckedUsers } from './check-users.ts';
import type { ImportedUser } from './read-user.ts';
import type { ImportServices, RowMessage } from './types.ts';

/** Each may take a connection of the database. */
const AT_ONCE = 4;

type Update = CheckedUsers['existing'][number];

/**
 * Brings users into line with their rows: password, role, status, malls (none is taken away). Who loses or changes
 * rights is logged out; who has them already is left alone. An administrator who cannot be missed is a problem.
 */
export async function updateUsers(
  services: ImportServices,
  updates: readonly Update[],
  onProgress: (done: number) => void,
): Promise<{ readonly updated: number; readonly unchanged: number; readonly problems: RowMessage[] }> {
  const problems: RowMessage[] = [];
  // New administrators first, so that they can take the place of others.
  const rank = ({ user }: Update) => (user.role === 'ADMIN' && user.disabled !== true ? 0 : 1);
  const queue = updates.toSorted((a, b) => rank(a) - rank(b));
  const grants = queue.filter((update) => rank(update) === 0).length;
  let [updated, unchanged, done] = [0, 0, 0];
  for (const part of [queue.slice(0, grants), queue.slice(grants)]) {
    for (let start = 0; start < part.length; start += AT_ONCE) {
      await Promise.all(
        part.slice(start, start + AT_ONCE).map(async (update) => {
          try {
            if (await updateUser(services, update)) updated++;
            else unchanged++;
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'LAST_ADMIN') throw error;
            problems.push({ row: update.user.row, message: error.message });
          }
          onProgress(++done);
        }),
      );
    }
  }
  return { updated, unchanged, problems };
}

/** @returns whether there was anything to change. */
async function updateUser(services: ImportServices, { user, record }: Update): Promise<boolean> {
  const passwordHash = (await hasOtherPassword(services, user, record))
    ? await hashSecret(services, user)
    : undefined;
  const role = user.role !== undefined && user.role !== record.role ? user.role : undefined;
  const isDisabled = record.disabledAt !== null;
  const disabled = user.disabled !== undefined && user.disabled !== isDisabled ? user.disabled : undefined;
  const hasRights = passwordHash !== undefined || role !== undefined || disabled !== undefined;
  if (hasRights) {
    await changeRights(services, record.id, async (tx, current) => {
      if (role === 'MEMBER' || disabled) await requireOtherAdmin(tx, current);
      const [written] = await tx
        .update(users)
        .set({
          ...(passwordHash && { passwordHash, mustChangePassword: user.secret.kind === 'password' }),
          ...(role && { role }),
          ...(disabled !== undefined && { disabledAt: disabled ? sql`now()` : null }),
        })
        .where(eq(users.id, current.id))
        .returning();
      if (!written) throw new Error('a locked row was not written');
      return written;
    });
  }
  const hasMalls = await joinMalls(services, user, record);
  return hasRights || hasMalls;
}

/** A digest is older than the hash of a user who has logged in or changed the password since: it never replaces that. */
async function hasOtherPassword(
  { passwords, passwordLegacy: legacy }: ImportServices,
  { secret }: ImportedUser,
  { passwordHash: hash }: UserRecord,
): Promise<boolean> {
  if (secret.kind === 'digest' && !isLegacyHash(hash)) return false;
  return await withPasswordSlot(passwords, async () =>
    secret.kind === 'digest'
      ? !(await verifyLegacyDigest(secret.text, hash))
      : !(await verifyPassword({ password: secret.text, hash, legacy })),
  );
}

/** @returns whether there was anything to change. */
async function joinMalls(
  services: ImportServices,
  { malls }: ImportedUser,
  user: UserRecord,
): Promise<boolean> {
  if (malls.length === 0) return false;
  const ids = malls.map(({ mallId }) => mallId);
  return await services.db.transaction(async (tx) => {
    const current = await tx
      .select({ mallId: memberships.mallId, role: memberships.role })
      .from(memberships)
      .where(and(eq(memberships.userId, user.id), inArray(memberships.mallId, ids)))
      .for('update');
    const roles = new Map(current.map(({ mallId, role }) => [mallId, role]));
    const changed = malls.filter(({ mallId, role }) => roles.get(mallId) !== role);
    if (changed.length === 0) return false;
    await tx
      .insert(memberships)
      .values(changed.map(({ mallId, role }) => ({ userId: user.id, mallId, role })))
      .onConflictDoUpdate({
        target: [memberships.userId, memberships.mallId],
        set: { role: sql`excluded.role` },
      });
    await recordEvents(
      tx,
      services,
      changed.map(({ mallId, role }) =>
        memberEvent({ mallId, user, before: roles.get(mallId) ?? null, after: role }),
      ),
    );
    return true;
  });
}
