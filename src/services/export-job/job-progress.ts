import { and, eq, type SQL } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import type { Services } from '../context.ts';
import { announceExport } from './record.ts';

/** Progress is written and told this often at most, ms; as soon is it seen that a job was cancelled. */
const WRITE_MS = 800;

export interface ProgressCounts {
  rowsDone: number;
  rowsTotal: number | null;
  /** Of the file so far. */
  bytes: number;
}

/** The row of a job while this run has it: another run that has begun since has another number of attempts. */
export function rowOfRun(id: string, attempts: number): SQL | undefined {
  return and(eq(exportJobs.id, id), eq(exportJobs.state, 'RUNNING'), eq(exportJobs.attempts, attempts));
}

/**
 * Writes and tells how far a run is, until the function that it gives is called.
 * @param onLost called when the row says that this run is not wanted any more.
 */
export function keepProgress(
  services: Pick<Services, 'db' | 'events' | 'log'>,
  { id, attempts }: { readonly id: string; readonly attempts: number },
  counts: Readonly<ProgressCounts>,
  onLost: () => void,
): () => Promise<void> {
  const { db, log } = services;
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;
  const write = async () => {
    try {
      const kept = await db
        .update(exportJobs)
        .set({ ...counts })
        .where(rowOfRun(id, attempts))
        .returning({ id: exportJobs.id });
      if (kept.length === 0) onLost();
      else announceExport(services, id);
    } catch (error) {
      log.debug({ err: error, id }, 'the progress of an export is written later');
    }
    isWriting = false;
  };
  const timer = setInterval(() => {
    if (isWriting) return;
    isWriting = true;
    writing = write();
  }, WRITE_MS);
  return async () => {
    clearInterval(timer);
    await writing;
  };
}
