import { eq, sql } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type * as schema from '../../adapters/db/schema.ts';
import { malls, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';
import { recordEvents } from '../audit/record-events.ts';
import { userSubject } from '../audit/user-events.ts';
import { hashPassword } from './passwords.ts';
import { generatePassword } from './user-rules.ts';

export interface FirstAdmin {
  readonly username: string;
  /** Set when it was made here: to be shown once. */
  readonly generatedPassword: string | undefined;
}

/**
 * Where there is no administrator, makes the first one, and mall 1 where there is no mall. Users may have been imported
 * before. The caller holds the migration lock, so that two instances do not both do it.
 * @returns undefined when there is an administrator already.
 * @throws AppError USERNAME_TAKEN by a user who is none.
 */
export async function createFirstAdmin(
  db: PostgresJsDatabase<typeof schema>,
  input: { readonly username: string; readonly password: string | undefined },
): Promise<FirstAdmin | undefined> {
  const [existing] = await db.select({ id: users.id }).from(users).where(eq(users.role, 'ADMIN')).limit(1);
  if (existing) return undefined;
  const [taken] = await db
    .select({ id: users.id })
    .from(users)
    .where(eq(sql`lower(${users.username})`, sql`lower(${input.username})`));
  if (taken) throw new AppError('USERNAME_TAKEN');

  const generatedPassword = input.password === undefined ? generatePassword() : undefined;
  const password = input.password ?? generatedPassword ?? '';
  const passwordHash = await hashPassword(new Limiter({ concurrency: 1 }), password);
  await db.transaction(async (tx) => {
    const role = 'ADMIN';
    const [user] = await tx
      .insert(users)
      .values({
        username: input.username,
        passwordHash,
        role,
        mustChangePassword: generatedPassword !== undefined,
      })
      .returning({ id: users.id, username: users.username });
    if (!user) throw new Error('a row was not returned');
    await recordEvents(tx, {}, [{ ...userSubject('user.created', user), data: { role } }]);
    const [mall] = await tx.select({ id: malls.id }).from(malls).limit(1);
    if (mall) return;
    await tx.insert(malls).values({ id: 1, name: 'Main' });
    await recordEvents(tx, {}, [{ action: 'mall.created', mallId: 1, subjectId: 1, subjectName: 'Main' }]);
    await tx.execute(
      sql`select setval(pg_get_serial_sequence('malls', 'id'), (select max(${malls.id}) from ${malls}))`,
    );
  });
  return { username: input.username, generatedPassword };
}
