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

/** How many advisory locks an upload has that waits, at its blobs, for a lock of the table that `tx` holds. */
export async function locksOfWriter(tx: postgres.TransactionSql): Promise<number> {
  const [row] = await tx<{ locks: number }[]>`
    select count(*)::int as locks
    from pg_locks held join pg_locks wanted using (pid)
    where held.locktype = 'advisory' and held.granted
      and wanted.relation = 'blobs'::regclass and not wanted.granted`;
  return row?.locks ?? 0;
}

/** Bytes that a mall keeps, as they are counted. */
export async function usedBytes(sql: postgres.Sql, mallId: number): Promise<number> {
  const [mall] = await sql<{ bytes: string }[]>`
    select used_bytes + (select coalesce(sum(bytes), 0) from mall_usage where mall_id = malls.id) as bytes
    from malls where id = ${mallId}`;
  return Number(mall?.bytes);
}
