import { and, eq, lt, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { imageFetches } from '../../adapters/db/schema.ts';

/** No fetch runs for as long as this; what says so belonged to an instance that was killed. */
const LONGEST = sql`interval '1 hour'`;

/** Ends fetches that nobody ends any more. @returns how many. */
export async function endLostFetches(db: Database, dryRun: boolean): Promise<number> {
  const lost = and(eq(imageFetches.state, 'RUNNING'), lt(imageFetches.startedAt, sql`now() - ${LONGEST}`));
  if (dryRun) return await db.$count(imageFetches, lost);
  return (await db.update(imageFetches).set({ state: 'FAILED', finishedAt: sql`now()` }).where(lost)).count;
}
