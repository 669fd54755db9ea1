import { eq, sql } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import type { WrittenTable } from '../export/render/table.ts';
import { UploadLease } from '../material/ingest/upload-lease.ts';
import { exportKeyOf } from './export-key.ts';
import { rowOfRun } from './job-progress.ts';
import type { ExportJobRecord } from './record.ts';

interface FinishedFile extends WrittenTable {
  /** A UUIDv7, which names it in the store. */
  readonly fileId: string;
  /** Of the synced file in the spool. */
  readonly path: string;
}

/**
 * Puts the file of a job into the store and says so in its row: bytes first, row second, and a lease for the time
 * between, so that no sweep takes the bytes.
 * @returns false when the job is not this run's any more; then nothing is kept.
 * @throws the error of the store or the database, and nothing is kept.
 */
export async function keepFile(
  ctx: Ctx,
  job: Pick<ExportJobRecord, 'id' | 'attempts' | 'filename' | 'parameters' | 'report' | 'format'>,
  { fileId, path, rows, bytes, sha256 }: FinishedFile,
): Promise<boolean> {
  const key = exportKeyOf(fileId);
  const lease = new UploadLease(ctx);
  try {
    await lease.begin();
    await ctx.store.put(key, path);
    ctx.signal.throwIfAborted();
    const isKept = await ctx.db.transaction(async (tx) => {
      await lease.settle(tx);
      const done = await tx
        .update(exportJobs)
        .set({
          rowsDone: rows,
          rowsTotal: rows,
          bytes,
          state: 'DONE',
          storageKey: key,
          finishedAt: sql`now()`,
        })
        .where(rowOfRun(job.id, job.attempts))
        .returning({ id: exportJobs.id });
      if (done.length === 0) return false;
      const { id, filename, report, format } = job;
      const { mallId, startTime, endTime, timeZone, filters } = job.parameters;
      await recordEvents(tx, ctx, [
        {
          action: 'export.finished',
          mallId: typeof mallId === 'number' ? mallId : null,
          subjectId: id,
          subjectName: filename,
          data: { report, format, startTime, endTime, timeZone, filters, rows, bytes, sha256 },
        },
      ]);
      return true;
    });
    lease.settled();
    if (!isKept) await ctx.store.abandon(key);
    return isKept;
  } catch (error) {
    return await settleDoubt(ctx, { key, id: job.id, lease, error });
  } finally {
    lease.close();
  }
}

/**
 * The commit may have succeeded with its answer lost. Where the database cannot be asked, the bytes stay for a sweep.
 * @returns true when it had.
 * @throws what failed
 */
async function settleDoubt(
  { db, store, log }: Ctx,
  { key, id, lease, error }: { key: string; id: string; lease: UploadLease; error: unknown },
): Promise<boolean> {
  try {
    const kept = await db.transaction(async (tx) => {
      await lease.conclude(tx);
      const rows = await tx
        .select({ storageKey: exportJobs.storageKey })
        .from(exportJobs)
        .where(eq(exportJobs.id, id));
      return rows[0]?.storageKey === key;
    });
    if (kept) return true;
    await store.abandon(key);
  } catch (failure) {
    log.warn({ err: failure, id }, 'the unfinished file of an export is swept later');
  }
  throw error;
}
