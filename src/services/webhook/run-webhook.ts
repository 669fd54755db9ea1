import { and, asc, eq, inArray, lte, notInArray, sql } from 'drizzle-orm';
import { webhookDeliveries, webhooks } from '../../adapters/db/schema.ts';
import type { Services } from '../context.ts';
import { deliver } from './deliver.ts';
import type { DeliveryRecord, WebhookRow } from './record.ts';
import { sendWebhook } from './send-webhook.ts';
import { settleDelivery } from './settle-delivery.ts';

/** Messages to one webhook at once; with files, one. */
const AT_ONCE = 4;
/** How often to look for more while some are under way, ms. */
const LOOK_MS = 500;
/** After so long other webhooks have their turn, ms. */
const TURN_MS = 30_000;
/** What the queue does not find in time by itself, ms. */
const SOON_MS = 60_000;
/** A timer must not end before the time in the database has come, ms. */
const MARGIN_MS = 50;

/**
 * Tells a webhook what is due, several things at a time, until nothing is left or others have their turn. What is under
 * way when the process dies is told again: receivers know it by its id.
 * @param signal of the queue.
 * @returns when to go on, where something may be left.
 */
export async function runWebhook(
  services: Services,
  webhookId: string,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const turnEnds = performance.now() + TURN_MS;
  const running = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const start = (webhook: WebhookRow, delivery: DeliveryRecord) => {
    const done = tell(services, webhook, delivery, signal)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(delivery.id));
    running.set(delivery.id, done);
  };
  let isTurn = true;
  for (;;) {
    isTurn = performance.now() < turnEnds && failures.length === 0 && !signal.aborted;
    const [webhook] = isTurn ? await enabledWebhook(services, webhookId) : [];
    const room = (webhook?.format === 'FORM_DATA' ? 1 : AT_ONCE) - running.size;
    const claimed = webhook && room > 0 ? await claim(services, webhookId, room, [...running.keys()]) : [];
    for (const delivery of claimed) if (webhook) start(webhook, delivery);
    if (running.size === 0) break;
    await settled(running, isTurn ? LOOK_MS : undefined);
  }
  if (failures.length > 0) throw failures[0];
  signal.throwIfAborted();
  return isTurn ? undefined : new Date();
}

async function tell(
  services: Services,
  webhook: WebhookRow,
  delivery: DeliveryRecord,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await deliver(services, webhook, delivery, signal);
  const delay = await settleDelivery(services, webhook, delivery, outcome);
  if (delay === undefined || delay > SOON_MS) return;
  setTimeout(() => {
    if (!services.closing.aborted) sendWebhook(services, webhook.id);
  }, delay + MARGIN_MS).unref();
}

function enabledWebhook({ db }: Services, id: string): Promise<WebhookRow[]> {
  return db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), eq(webhooks.enabled, true)));
}

/** Takes deliveries that are due and not under way here. Only one instance has the job of a webhook. */
async function claim(
  { db }: Services,
  webhookId: string,
  room: number,
  running: readonly string[],
): Promise<DeliveryRecord[]> {
  const due = db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhookId),
        eq(webhookDeliveries.state, 'PENDING'),
        lte(webhookDeliveries.dueAt, sql`now()`),
        running.length > 0 ? notInArray(webhookDeliveries.id, [...running]) : undefined,
      ),
    )
    .orderBy(asc(webhookDeliveries.dueAt), asc(webhookDeliveries.id))
    .limit(room);
  return await db
    .update(webhookDeliveries)
    .set({ attempts: sql`${webhookDeliveries.attempts} + 1` })
    .where(inArray(webhookDeliveries.id, due))
    .returning();
}

/** Waits until one has ended, or for so long. */
async function settled(running: ReadonlyMap<string, Promise<void>>, ms: number | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
  await Promise.race([promise, ...running.values()]);
  clearTimeout(timer);
}
