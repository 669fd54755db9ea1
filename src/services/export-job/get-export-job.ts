import { and, eq } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type ExportJobRecord, visibleJobs } from './record.ts';

/**
 * One job; undefined when there is none that the actor may see.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN
 */
export async function getExportJob(ctx: Ctx, id: string): Promise<ExportJobRecord | undefined> {
  const actor = requireActor(ctx);
  if (!isUuid(id)) return undefined;
  const [job] = await ctx.db
    .select()
    .from(exportJobs)
    .where(and(eq(exportJobs.id, id), visibleJobs(actor)));
  return job;
}
