import { setTimeout as pause } from 'node:timers/promises';
import { randomUUIDv7 } from 'bun';
import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../adapters/db/open.ts';
import { webhookDeliveries } from '../../adapters/db/schema.ts';
import type { AuditEvent, AuditSource } from '../audit/record-events.ts';
import type { WantedWebhook } from './find-wanted.ts';
import { payloadOf } from './payload.ts';
import { sendWebhook } from './send-webhook.ts';

/** Commits are looked for so soon and later and later, for so long; what comes after that the queue finds by itself, ms. */
const FIRST_LOOK_MS = 5;
const LOOK_FOR_MS = 20_000;

interface NewDelivery {
  readonly id: string;
  readonly webhook_id: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Writes what webhooks are to be told, in the transaction of what happened: a message for each event and webhook. They
 * go out when it is committed.
 */
export async function queueDeliveries(
  tx: Pick<Transaction, 'execute'>,
  source: AuditSource,
  events: readonly AuditEvent[],
  wanted: readonly WantedWebhook[],
): Promise<void> {
  const at = new Date();
  const rows = events.flatMap((event) =>
    wanted
      .filter(({ mall, events: actions }) => mall.id === event.mallId && actions.includes(event.action))
      .map(
        ({ id, mall }): NewDelivery => ({
          id: randomUUIDv7(),
          webhook_id: id,
          event: event.action,
          payload: payloadOf(event, source, mall, at),
        }),
      ),
  );
  if (rows.length === 0) return;
  const webhookIds = [...new Set(rows.map((row) => row.webhook_id))];
  await insertDeliveries(tx, rows, webhookIds);
  const [first] = rows;
  if (first) void sendWhenCommitted(source, first.id, webhookIds);
}

/** A webhook that somebody removes at this moment must not fail the change: it is locked, or passed over. */
async function insertDeliveries(
  tx: Pick<Transaction, 'execute'>,
  rows: readonly NewDelivery[],
  webhookIds: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    insert into webhook_deliveries (id, webhook_id, event, payload, state, due_at)
    select told.id, told.webhook_id, told.event, told.payload, 'PENDING', now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      as told (id uuid, webhook_id uuid, event text, payload jsonb)
    join (
      select webhooks.id from webhooks
      where webhooks.id = any(${`{${webhookIds.join(',')}}`}::uuid[]) and webhooks.enabled
      for key share
    ) as there on there.id = told.webhook_id`);
}

/** Nobody tells when a transaction ends, so a row of it is looked for on another connection. */
async function sendWhenCommitted(
  { db, jobs, log }: AuditSource,
  id: string,
  webhookIds: readonly string[],
): Promise<void> {
  if (!db || !jobs || !log) return;
  try {
    for (let wait = FIRST_LOOK_MS; wait < LOOK_FOR_MS; wait *= 2) {
      await pause(wait, undefined, { ref: false });
      if ((await db.$count(webhookDeliveries, eq(webhookDeliveries.id, id))) === 0) continue;
      for (const webhookId of webhookIds) sendWebhook({ jobs, log }, webhookId);
      return;
    }
  } catch (error) {
    log.debug({ err: error }, 'webhooks are told a little later');
  }
}
