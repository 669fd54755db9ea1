import { eq } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { checkQuery } from '../../lib/signed-query.ts';
import { isUuid } from '../../lib/uuid.ts';
import type { Ctx } from '../context.ts';
import { actorOfJob } from './actor-of-job.ts';
import { exportSubject } from './export-link.ts';
import { getExportJob } from './get-export-job.ts';
import { type ExportJobRecord, stateOf } from './record.ts';

const MIME_TYPES = {
  XLSX: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  CSV: 'text/csv; charset=utf-8',
} as const;

/** The file of a job that is done. */
export interface ExportFile {
  readonly storageKey: string;
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
  readonly filename: string;
  readonly lastModified: Date;
}

/**
 * The finished file of a job, for its maker and administrators, or by a link that still holds.
 * @param query of the address.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND (also before it is done and after its days),
 * LINK_INVALID, LINK_EXPIRED
 */
export async function openExport(ctx: Ctx, id: string, query: URLSearchParams): Promise<ExportFile> {
  const job = await findJob(ctx, id, query);
  if (!job || stateOf(job) !== 'DONE' || job.storageKey === null) throw new AppError('NOT_FOUND');
  return {
    storageKey: job.storageKey,
    size: job.bytes,
    mimeType: MIME_TYPES[job.format],
    filename: job.filename,
    lastModified: job.finishedAt ?? job.createdAt,
  };
}

async function findJob(ctx: Ctx, id: string, query: URLSearchParams): Promise<ExportJobRecord | undefined> {
  const state = checkQuery(ctx.linkSecrets, exportSubject(id), query);
  if (state === 'forged') throw new AppError('LINK_INVALID');
  if (state === 'expired') throw new AppError('LINK_EXPIRED');
  if (state === 'unsigned') return await getExportJob(ctx, id);
  if (!isUuid(id)) return undefined;
  const [job] = await ctx.db.select().from(exportJobs).where(eq(exportJobs.id, id));
  // A link shows no more than its maker may see.
  if (job) await actorOfJob(ctx, job).catch(refuse);
  return job;
}

function refuse(error: unknown): never {
  throw error instanceof AppError ? new AppError('LINK_INVALID', { cause: error }) : error;
}
