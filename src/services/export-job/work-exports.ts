import { inArray } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import type { Services } from '../context.ts';
import { EXPORTS } from './record.ts';

/** Each takes a core at times. */
const CONCURRENCY = 2;
const MAX_DUE = 200;

/** Has this instance make the reports that were asked for, on any instance. */
export function workExports(services: Services): void {
  const due = async () => {
    const rows = await services.db
      .select({ id: exportJobs.id })
      .from(exportJobs)
      .where(inArray(exportJobs.state, ['QUEUED', 'RUNNING']))
      .orderBy(exportJobs.createdAt)
      .limit(MAX_DUE);
    return rows.map(({ id }) => id);
  };
  services.jobs.work(EXPORTS, { concurrency: CONCURRENCY, due }, async (id, signal) => {
    const { runExport } = await import('./run-export.ts');
    await runExport(services, id, signal);
    return undefined;
  });
}
