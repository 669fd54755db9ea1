import { randomBytes } from 'node:crypto';
import type { Database } from '../../adapters/db/open.ts';
import { users } from '../../adapters/db/schema.ts';

/**
 * Makes the user `admin` where there is none at all.
 * @returns the password that was made up, to be shown once; undefined when there was nothing to make up.
 */
export async function addFirstUser(db: Database, given: string | undefined): Promise<string | undefined> {
  if ((await db.$count(users)) > 0) return undefined;
  const password = given ?? randomBytes(12).toString('base64url');
  db.insert(users)
    .values({ username: 'admin', passwordHash: await Bun.password.hash(password) })
    .run();
  return given === undefined ? password : undefined;
}
