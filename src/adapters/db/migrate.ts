import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { connect, type DatabaseAddress } from './open.ts';
import * as schema from './schema.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

const MIGRATION_LOCK = 7_305_001;

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
