import { randomUUIDv7 } from 'bun';
import { and, eq, inArray } from 'drizzle-orm';
import { type ExportFormat, exportJobs, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { timestampName } from '../../lib/dates.ts';
import type { Actor, Ctx } from '../context.ts';
import { EXPORTS, type ExportJobRecord, MAX_UNFINISHED } from './record.ts';

const DAY_MS = 86_400_000;
/** Seconds. */
const RETRY_AFTER = 30;

/**
 * Adds the row of a job and hands it to the queue.
 * @param request whose rights were checked; they are checked again when it is made.
 * @throws AppError RATE_LIMITED (too many unfinished ones)
 */
export async function queueExport(
  ctx: Ctx,
  actor: Actor,
  request: {
    readonly report: string;
    readonly format: ExportFormat;
    readonly parameters: Readonly<Record<string, unknown>>;
  },
): Promise<ExportJobRecord> {
  const now = new Date();
  const row = {
    id: randomUUIDv7(),
    userId: actor.userId,
    report: request.report,
    format: request.format,
    parameters: { ...request.parameters, ...(actor.token ? { tokenId: actor.token.id } : {}) },
    state: 'QUEUED',
    filename: `${timestampName(ctx.timeZone)}.${request.format.toLowerCase()}`,
    createdAt: now,
    expiresAt: new Date(now.getTime() + ctx.exportDays * DAY_MS),
  } as const;
  const job = await ctx.db.transaction(async (tx) => {
    // Two at once would each see the room that there is for one.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, actor.userId)).for('no key update');
    const unfinished = await tx.$count(
      exportJobs,
      and(eq(exportJobs.userId, actor.userId), inArray(exportJobs.state, ['QUEUED', 'RUNNING'])),
    );
    if (unfinished >= MAX_UNFINISHED) throw tooMany();
    const [inserted] = await tx.insert(exportJobs).values(row).returning();
    if (!inserted) throw new Error('a job was not returned');
    return inserted;
  });
  // The row is what counts: without a message the job is found within a minute.
  ctx.jobs.send(EXPORTS, job.id).catch((error: unknown) => {
    ctx.log.warn({ err: error, id: job.id }, 'an export begins a little later');
  });
  return job;
}

function tooMany(): AppError {
  return new AppError('RATE_LIMITED', {
    retryAfter: RETRY_AFTER,
    detail: {
      en: `${MAX_UNFINISHED} exports are being made for you already.`,
      zh: `您已有 ${MAX_UNFINISHED} 个导出任务正在进行`,
    },
  });
}
