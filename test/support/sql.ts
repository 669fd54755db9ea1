import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import type { StockroomServer } from './stockroom.ts';

/** A connection to the database of a running server: the one of DATABASE_URL, or the embedded one's socket. */
export async function openSql(
  server: Pick<StockroomServer, 'dataDir'>,
  env: Readonly<Record<string, string>>,
): Promise<postgres.Sql> {
  const options = { max: 1, onnotice: () => {} };
  if (env.DATABASE_URL) return postgres(env.DATABASE_URL, options);
  const [, host = ''] = (await readFile(join(server.dataDir, 'db.lock'), 'utf8')).split('\n');
  return postgres({ ...options, host, port: 5432, user: 'stockroom', database: 'stockroom' });
}
