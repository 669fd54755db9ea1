import { and, eq, gte, lte } from 'drizzle-orm';
import { auditEvents } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor, requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { Page, PageInput } from '../page.ts';
import { type AuditRecord, pageOfEvents } from './page-of-events.ts';

/** Every condition that is given must hold; bounds are inclusive. */
export interface EventListInput extends PageInput {
  readonly mallId?: number | null | undefined;
  readonly subjectId?: string | null | undefined;
  readonly action?: string | null | undefined;
  readonly actorId?: number | null | undefined;
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
}

/**
 * A page of the audit trail, the newest first: owners see that of their malls, administrators everything.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND (mall), FORBIDDEN (a member of the mall who is no
 * owner, an API token without MANAGE), PARAMS_INVALID (page size, cursor)
 */
export async function listEvents(ctx: Ctx, input: EventListInput): Promise<Page<AuditRecord>> {
  const { mallId, subjectId, action, actorId, from, to } = input;
  const actor = mallId == null ? requireActor(ctx, 'MANAGE') : await requireMall(ctx, mallId, 'manage');
  const condition = and(
    inVisibleMalls(ctx.db, actor, auditEvents.mallId, 'manage'),
    mallId == null ? undefined : eq(auditEvents.mallId, mallId),
    subjectId == null ? undefined : eq(auditEvents.subjectId, subjectId),
    action == null ? undefined : eq(auditEvents.action, action),
    actorId == null ? undefined : eq(auditEvents.actorId, actorId),
    from == null ? undefined : gte(auditEvents.at, from),
    to == null ? undefined : lte(auditEvents.at, to),
  );
  return await pageOfEvents(ctx, actor, condition, input);
}
