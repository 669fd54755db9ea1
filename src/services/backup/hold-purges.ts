import { sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../adapters/db/open.ts';

const BACKUP_LOCK = 7_305_040;

/**
 * From now until this transaction ends nobody removes bytes whose rows it can be that a later snapshot sees.
 * @returns false while another backup runs.
 */
export async function holdPurges(tx: Transaction): Promise<boolean> {
  const [row] = await tx.execute<{ held: boolean }>(
    sql`select pg_try_advisory_xact_lock(${BACKUP_LOCK}) as held`,
  );
  return row?.held ?? false;
}

/**
 * Whether bytes of rows that are gone may go as well. It must be asked after the rows are seen to be gone: a backup that
 * begins later does not see them either.
 */
export async function mayPurge(db: Database): Promise<boolean> {
  const [row] = await db.execute<{ free: boolean }>(
    sql`select pg_try_advisory_xact_lock_shared(${BACKUP_LOCK}) as free`,
  );
  return row?.free ?? false;
}
