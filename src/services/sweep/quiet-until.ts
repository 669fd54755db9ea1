import { gt, lte, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { uploads } from '../../adapters/db/schema.ts';

/** Clocks of instances, databases and stores may differ by so much. */
const GRACE = sql`interval '1 hour'`;

/**
 * The instant before which no upload that still runs, on any instance, has put bytes into the store. Leases that have
 * run out are ended, so that whoever held one can write no rows any more.
 */
export async function quietUntil(
  db: Database,
  dryRun: boolean,
): Promise<{ readonly quiet: Date; readonly abandonedUploads: number }> {
  const past = lte(uploads.expiresAt, sql`now()`);
  const abandonedUploads = dryRun
    ? await db.$count(uploads, past)
    : (await db.delete(uploads).where(past).returning({ id: uploads.id })).length;
  const oldest = db
    .select({ at: sql`min(${uploads.startedAt})` })
    .from(uploads)
    .where(gt(uploads.expiresAt, sql`now()`));
  const [row] = await db.execute<{ at: string }>(
    sql`select (extract(epoch from least(now(), (${oldest})) - ${GRACE}) * 1000)::bigint as at`,
  );
  if (!row) throw new Error('the database told no time');
  return { quiet: new Date(Number(row.at)), abandonedUploads };
}
