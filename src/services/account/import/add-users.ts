import { sql } from 'drizzle-orm';
import { memberships, users } from '../../../adapters/db/schema.ts';
import { memberEvent } from '../../audit/member-events.ts';
import { recordEvents } from '../../audit/record-events.ts';
import { userSubject } from '../../audit/user-events.ts';
import { hashLegacyDigest, hashPassword } from '../passwords.ts';
import type { ImportedUser } from './read-user.ts';
import type { ImportServices, RowMessage } from './types.ts';

/** Users written with one transaction; what breaks off loses no more work than this. */
const BATCH = 100;

/** Adds users whose rows were checked. One that somebody else has added meanwhile is a problem of its row. */
export async function writeNewUsers(
  services: ImportServices,
  fresh: readonly ImportedUser[],
  onProgress: (done: number) => void,
): Promise<{ readonly count: number; readonly problems: RowMessage[] }> {
  const problems: RowMessage[] = [];
  let count = 0;
  let hashed = 0;
  await reserveIds(services, fresh);
  for (let start = 0; start < fresh.length; start += BATCH) {
    const batch = await Promise.all(
      fresh.slice(start, start + BATCH).map(async (user) => {
        const passwordHash = await hashSecret(services, user);
        onProgress(++hashed);
        return { user, passwordHash };
      }),
    );
    const added = await services.db.transaction(async (tx) => {
      const rows = await tx
        .insert(users)
        .overridingSystemValue()
        .values(
          batch.map(({ user, passwordHash }) => ({
            ...(user.userId === undefined ? {} : { id: user.userId }),
            username: user.username,
            passwordHash,
            role: user.role ?? 'MEMBER',
            mustChangePassword: user.secret.kind === 'password',
            disabledAt: user.disabled ? sql`now()` : null,
          })),
        )
        .onConflictDoNothing()
        .returning({ id: users.id, username: users.username, role: users.role });
      const ids = new Map(rows.map(({ id, username }) => [username, id]));
      const members = batch.flatMap(({ user: { username, malls } }) => {
        const id = ids.get(username);
        return id === undefined ? [] : malls.map((mall) => ({ ...mall, user: { id, username } }));
      });
      if (members.length > 0) {
        await tx
          .insert(memberships)
          .values(members.map(({ user, mallId, role }) => ({ userId: user.id, mallId, role })));
      }
      await recordEvents(tx, services, [
        ...rows.map((user) => ({
          ...userSubject('user.created', user),
          data: { role: user.role, imported: true },
        })),
        ...members.map(({ user, mallId, role }) => memberEvent({ mallId, user, before: null, after: role })),
      ]);
      return ids;
    });
    count += added.size;
    for (const { user } of batch) {
      if (added.has(user.username)) continue;
      const message = `${user.username}, or their user_id, was added by somebody else meanwhile.`;
      problems.push({ row: user.row, message });
    }
  }
  return { count, problems };
}

/** The hash to keep of what a row has. */
export async function hashSecret(services: ImportServices, { secret }: ImportedUser): Promise<string> {
  if (secret.kind === 'password') return await hashPassword(services.passwords, secret.text);
  if (!services.passwordLegacy) throw new Error('a digest was read without PASSWORD_LEGACY');
  return await hashLegacyDigest(services.passwords, secret.text, services.passwordLegacy);
}

/** Moves the ids that the database hands out behind those of the file. */
async function reserveIds({ db }: ImportServices, fresh: readonly ImportedUser[]): Promise<void> {
  const largest = fresh.reduce((most, { userId }) => Math.max(most, userId ?? 0), 0);
  if (largest === 0) return;
  await db.transaction(async (tx) => {
    // So that nobody takes an id between the look at the sequence and its move.
    await tx.execute(sql`lock table ${users} in share row exclusive mode`);
    await tx.execute(sql`
      select setval(sequence.name, ${largest}::bigint)
      from (select pg_get_serial_sequence('users', 'id')::regclass as name) as sequence
      where coalesce(pg_sequence_last_value(sequence.name), 0) < ${largest}::bigint`);
  });
}
