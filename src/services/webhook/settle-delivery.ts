import { and, eq, lt, sql } from 'drizzle-orm';
import { webhookDeliveries, webhooks } from '../../adapters/db/schema.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Services } from '../context.ts';
import type { Outcome } from './deliver.ts';
import type { DeliveryRecord, WebhookRow } from './record.ts';
import { retryDelay } from './retry-delay.ts';
import { webhookSubject } from './webhook-subject.ts';

/** Standard Webhooks: whoever answers so wants no more messages. */
const GONE = 410;
/** A webhook of which so long nothing arrived is taken for dead, days. */
const DEAD_DAYS = 3;

/**
 * Writes down what became of a try.
 * @returns ms until the next one; undefined: there is none.
 */
export async function settleDelivery(
  services: Services,
  webhook: WebhookRow,
  { id, attempts }: DeliveryRecord,
  { status, failure, retryAfterMs, durationMs }: Outcome,
): Promise<number | undefined> {
  const isGone = status === GONE;
  const delay = failure === null || isGone ? undefined : retryDelay(attempts, { retryAfterMs });
  await services.db
    .update(webhookDeliveries)
    .set({
      responseStatus: status,
      failure,
      durationMs,
      ...(delay === undefined
        ? { state: failure === null ? 'DELIVERED' : 'FAILED', dueAt: null, finishedAt: sql`now()` }
        : { dueAt: sql`now() + make_interval(secs => ${delay / 1000})` }),
    })
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.state, 'PENDING')));
  if (isGone) await disable(services, webhook, 'gone');
  else if (failure !== null && delay === undefined) await disableDead(services, webhook);
  return delay;
}

async function disableDead(services: Services, webhook: WebhookRow): Promise<void> {
  const since = sql`now() - make_interval(days => ${DEAD_DAYS})`;
  const arrived = services.db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhook.id),
        eq(webhookDeliveries.state, 'DELIVERED'),
        sql`${webhookDeliveries.finishedAt} > ${since}`,
      ),
    );
  const [dead] = await services.db
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(and(eq(webhooks.id, webhook.id), lt(webhooks.updatedAt, since), sql`not exists (${arrived})`));
  if (dead) await disable(services, webhook, 'failing');
}

async function disable(services: Services, webhook: WebhookRow, reason: 'gone' | 'failing'): Promise<void> {
  services.log.warn({ webhookId: webhook.id, reason }, 'a webhook is told nothing more');
  await services.db.transaction(async (tx) => {
    const [disabled] = await tx
      .update(webhooks)
      .set({ enabled: false, updatedAt: sql`now()` })
      .where(and(eq(webhooks.id, webhook.id), eq(webhooks.enabled, true)))
      .returning();
    if (!disabled) return;
    await recordEvents(tx, {}, [
      {
        ...webhookSubject('webhook.updated', disabled),
        changes: { enabled: { before: true, after: false } },
        data: { reason },
      },
    ]);
  });
}
