import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type * as schema from '../../adapters/db/schema.ts';
import { malls, users } from '../../adapters/db/schema.ts';
import { Limiter } from '../../lib/limiter.ts';
import { hashPassword } from './passwords.ts';

export interface FirstAdmin {
  readonly username: string;
  /** Set when it was made here: to be shown once. */
  readonly generatedPassword: string | undefined;
}

/**
 * On an empty database makes the first administrator and mall 1. The caller holds the migration lock, so that two
 * instances do not both do it.
 * @returns undefined when there are users already.
 */
export async function createFirstAdmin(
  db: PostgresJsDatabase<typeof schema>,
  input: { readonly username: string; readonly password: string | undefined },
): Promise<FirstAdmin | undefined> {
  const [existing] = await db.select({ id: users.id }).from(users).limit(1);
  if (existing) return undefined;

  const generatedPassword = input.password === undefined ? randomBytes(15).toString('base64url') : undefined;
  const password = input.password ?? generatedPassword ?? '';
  const passwordHash = await hashPassword(new Limiter({ concurrency: 1 }), password);
  await db.transaction(async (tx) => {
    await tx.insert(users).values({
      username: input.username,
      passwordHash,
      role: 'ADMIN',
      mustChangePassword: generatedPassword !== undefined,
    });
    await tx.insert(malls).values({ id: 1, name: 'Main' }).onConflictDoNothing();
    await tx.execute(
      sql`select setval(pg_get_serial_sequence('malls', 'id'), (select max(${malls.id}) from ${malls}))`,
    );
  });
  return { username: input.username, generatedPassword };
}
