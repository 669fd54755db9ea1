import { Database as SQLite } from 'bun:sqlite';
import { join } from 'node:path';
import { type BunSQLiteDatabase, drizzle } from 'drizzle-orm/bun-sqlite';
import { migrate } from 'drizzle-orm/bun-sqlite/migrator';
import * as schema from './schema.ts';

export type Database = BunSQLiteDatabase<typeof schema> & { readonly $client: SQLite };

/** Opens and migrates the database of a data directory. What is committed survives a power loss. */
export function openDatabase(dataDir: string): Database {
  const client = new SQLite(join(dataDir, 'data.sqlite'), { create: true, strict: true });
  client.run('PRAGMA journal_mode = WAL');
  client.run('PRAGMA synchronous = FULL');
  client.run('PRAGMA foreign_keys = ON');
  client.run('PRAGMA busy_timeout = 5000');
  const db = drizzle(client, { schema });
  migrate(db, { migrationsFolder: join(import.meta.dir, '../../../drizzle') });
  return db;
}
