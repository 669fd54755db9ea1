import { and, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import { announceExport } from '../export-job/record.ts';
import type { SweepOptions, SweepServices } from './sweep.ts';

/** Jobs of one transaction. */
const PAGE = 500;
/** What became of a job can be seen for so long after its file is gone. */
const KEPT = sql`interval '30 days'`;

export interface ExpiredExports {
  /** Files that were removed. */
  readonly files: number;
  /** Rows. */
  readonly jobs: number;
}

/** Removes the files of exports whose days are over, rows first, and a month later what is known of the jobs. */
export async function expireExports(
  services: SweepServices,
  { dryRun, signal }: SweepOptions,
): Promise<ExpiredExports> {
  const { db, store } = services;
  const isOver = and(lt(exportJobs.expiresAt, sql`now()`), isNotNull(exportJobs.storageKey));
  const isOld = and(
    lt(exportJobs.expiresAt, sql`now() - ${KEPT}`),
    inArray(exportJobs.state, ['FAILED', 'CANCELLED', 'EXPIRED']),
  );
  if (dryRun) return { files: await db.$count(exportJobs, isOver), jobs: await db.$count(exportJobs, isOld) };
  let files = 0;
  while (!signal?.aborted) {
    const due = await db
      .select({ id: exportJobs.id, key: exportJobs.storageKey })
      .from(exportJobs)
      .where(isOver)
      .limit(PAGE);
    if (due.length === 0) break;
    const ids = due.map(({ id }) => id);
    await db
      .update(exportJobs)
      .set({ state: 'EXPIRED', storageKey: null })
      .where(inArray(exportJobs.id, ids));
    for (const { id, key } of due) {
      if (key !== null) await store.remove(key);
      announceExport(services, id);
    }
    files += due.length;
  }
  const removed = await db.delete(exportJobs).where(isOld);
  return { files, jobs: removed.count };
}
