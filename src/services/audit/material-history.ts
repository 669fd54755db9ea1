import { and, eq, isNull } from 'drizzle-orm';
import { auditEvents } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { MaterialRecord } from '../material/record.ts';
import type { Page, PageInput } from '../page.ts';
import { type AuditRecord, pageOfEvents } from './page-of-events.ts';

/**
 * A page of what was done to a material, the newest first, for whoever may see it.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope), PARAMS_INVALID
 * (page size, cursor)
 */
export async function materialHistory(
  ctx: Ctx,
  { id, mallId }: Pick<MaterialRecord, 'id' | 'mallId'>,
  input: PageInput,
): Promise<Page<AuditRecord>> {
  const actor = requireActor(ctx);
  const condition = and(
    eq(auditEvents.subjectId, id),
    mallId === null ? isNull(auditEvents.mallId) : eq(auditEvents.mallId, mallId),
    inVisibleMalls(ctx.db, actor, auditEvents.mallId),
  );
  return await pageOfEvents(ctx, actor, condition, input);
}
