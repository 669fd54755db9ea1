import { randomUUIDv7 } from 'bun';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { databaseErrorCode, isDatabaseUnavailable } from '../../adapters/db/errors.ts';
import { exportJobs } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx, Services } from '../context.ts';
import { toStorageError } from '../material/ingest/storage-error.ts';
import { actorOfJob } from './actor-of-job.ts';
import { exportSpoolName } from './export-key.ts';
import { keepProgress, type ProgressCounts, rowOfRun } from './job-progress.ts';
import { keepFile } from './keep-file.ts';
import { announceExport, type ExportJobRecord } from './record.ts';
import { writeJobReport } from './write-job-report.ts';

/** Of the connection that reads the rows: nothing else here has one that tells no more than this. */
const LOST_CONNECTION = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE']);
/** Runs begun of one job: whatever ends the process each time is given up. */
const MAX_ATTEMPTS = 5;

/**
 * Makes the report of a job from its start and keeps it. What a killed run has written is gone or swept, so that there
 * is one file at most.
 * @param signal of the queue: aborted when the server stops, the job is cancelled or another instance has it.
 * @throws what passes by itself, such as a database that cannot be asked: the queue tries again.
 */
export async function runExport(services: Services, id: string, signal: AbortSignal): Promise<void> {
  const job = await claim(services, id);
  if (!job) return;
  announceExport(services, id);
  const unwanted = new AbortController();
  try {
    if (job.attempts > MAX_ATTEMPTS) throw new AppError('INTERNAL_ERROR');
    await make(services, job, AbortSignal.any([signal, unwanted.signal]), () => unwanted.abort('lost'));
  } catch (error) {
    if (unwanted.signal.aborted || signal.reason === 'cancelled') return;
    if (signal.aborted) {
      if (signal.reason === 'stopping') await giveBack(services, job);
      throw error;
    }
    if (passesByItself(error)) throw error;
    await fail(services, job, error);
  }
  announceExport(services, id);
}

async function claim({ db }: Services, id: string): Promise<ExportJobRecord | undefined> {
  const [job] = await db
    .update(exportJobs)
    .set({
      state: 'RUNNING',
      attempts: sql`${exportJobs.attempts} + 1`,
      startedAt: sql`now()`,
      rowsDone: 0,
      rowsTotal: null,
      bytes: 0,
    })
    .where(and(eq(exportJobs.id, id), inArray(exportJobs.state, ['QUEUED', 'RUNNING'])))
    .returning();
  return job;
}

async function make(
  services: Services,
  job: ExportJobRecord,
  signal: AbortSignal,
  onLost: () => void,
): Promise<void> {
  const actor = await actorOfJob(services, job);
  const ctx: Ctx = { ...services, actor, requestId: job.id, address: '', signal };
  const counts: ProgressCounts = { rowsDone: 0, rowsTotal: null, bytes: 0 };
  const fileId = randomUUIDv7();
  const spoolFile = await services.spool.create(exportSpoolName(fileId));
  const endProgress = keepProgress(services, job, counts, onLost);
  try {
    const facts = await writeJobReport(ctx, job, counts, (chunk) => spoolFile.append(chunk));
    await spoolFile.finish();
    await endProgress();
    signal.throwIfAborted();
    if (!(await keepFile(ctx, job, { fileId, path: spoolFile.path, ...facts }))) onLost();
  } finally {
    await endProgress();
    await spoolFile.remove();
  }
}

/** It was not the job's fault: the run does not count. */
async function giveBack({ db }: Services, { id, attempts }: ExportJobRecord): Promise<void> {
  await db
    .update(exportJobs)
    .set({ state: 'QUEUED', attempts: attempts - 1, startedAt: null, rowsDone: 0, rowsTotal: null, bytes: 0 })
    .where(rowOfRun(id, attempts));
}

async function fail(
  { db, log }: Services,
  { id, attempts, report }: ExportJobRecord,
  error: unknown,
): Promise<void> {
  const { code } = error instanceof AppError ? error : toStorageError(error);
  if (code === 'INTERNAL_ERROR') log.error({ err: error, id, report, attempts }, 'an export failed');
  await db
    .update(exportJobs)
    .set({ state: 'FAILED', errorCode: code, finishedAt: sql`now()` })
    .where(rowOfRun(id, attempts));
}

function passesByItself(error: unknown): boolean {
  if (isDatabaseUnavailable(error) || LOST_CONNECTION.has(databaseErrorCode(error) ?? '')) return true;
  const { code } = error instanceof AppError ? error : toStorageError(error);
  return code === 'SERVICE_UNAVAILABLE';
}
