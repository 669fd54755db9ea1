import { and, eq, inArray, sql } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { announceExport, EXPORTS, type ExportJobRecord, visibleJobs } from './record.ts';

/**
 * Ends a job that waits or runs, on whichever instance; one that has finished stays as it is.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND
 */
export async function cancelExport(ctx: Ctx, id: string): Promise<ExportJobRecord> {
  const actor = requireActor(ctx);
  if (!isUuid(id)) throw new AppError('NOT_FOUND');
  const isVisible = and(eq(exportJobs.id, id), visibleJobs(actor));
  const [cancelled] = await ctx.db
    .update(exportJobs)
    .set({ state: 'CANCELLED', finishedAt: sql`now()` })
    .where(and(isVisible, inArray(exportJobs.state, ['QUEUED', 'RUNNING'])))
    .returning();
  if (!cancelled) {
    const [job] = await ctx.db.select().from(exportJobs).where(isVisible);
    if (!job) throw new AppError('NOT_FOUND');
    return job;
  }
  announceExport(ctx, id);
  // Whoever runs it sees the row soon, even if this is lost.
  ctx.jobs.cancel(EXPORTS, id).catch((error: unknown) => {
    ctx.log.warn({ err: error, id }, 'a cancelled export ends a little later');
  });
  return cancelled;
}
