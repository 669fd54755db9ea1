import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import type postgres from 'postgres';
import type { Sql } from 'postgres';
import { connect, type DatabaseAddress } from './open.ts';
import * as schema from './schema.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/**
 * How far a database is behind this release, in migrations.
 * @returns `unknown` ones are of a newer release; `pending` is all of them for an empty database.
 */
export async function migrationState(
  client: Sql,
): Promise<{ readonly pending: number; readonly unknown: number }> {
  const known = readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis);
  const [table] = await client`select to_regclass('drizzle.__drizzle_migrations') as name`;
  const rows = table?.name
    ? await client<{ at: string }[]>`select created_at as at from drizzle.__drizzle_migrations`
    : [];
  const applied = rows.map(({ at }) => Number(at));
  return {
    pending: known.filter((at) => !applied.includes(at)).length,
    unknown: applied.filter((at) => !known.includes(at)).length,
  };
}
const journalPath = fileURLToPath(new URL('../../../drizzle/meta/_journal.json', import.meta.url));

const MIGRATION_LOCK = 7_305_001;

let newest: Promise<number> | undefined;

/**
 * Applies what is missing of `drizzle/`, then runs `afterwards` under the same lock, so that instances that start
 * at once on an empty database do it one after the other.
 */
export async function migrateDatabase(
  address: DatabaseAddress,
  afterwards: (db: ReturnType<typeof drizzle<typeof schema>>) => Promise<void>,
): Promise<void> {
  // The lock belongs to the connection, so the migrations must run on the same one.
  const client = connect(address, 1);
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    const db = drizzle(client, { schema });
    await migrate(db, { migrationsFolder });
    await afterwards(db);
  } finally {
    await client.end({ timeout: 5 });
  }
}

/**
 * Looks whether the database has what this release needs; a newer one may have brought it further.
 * @throws Error when it was set back to an earlier state.
 */
export async function checkMigrations(sql: postgres.Sql): Promise<void> {
  newest ??= newestMigration();
  const [row] = await sql<{ applied: string | null }[]>`
    select max(created_at) as applied from drizzle.__drizzle_migrations`;
  if (Number(row?.applied ?? 0) < (await newest)) throw new Error('the database lacks migrations');
}

/** ms since 1970, as drizzle's journal has it. */
async function newestMigration(): Promise<number> {
  const journal = (await Bun.file(journalPath).json()) as { readonly entries: readonly { when: number }[] };
  return Math.max(...journal.entries.map(({ when }) => when));
}
