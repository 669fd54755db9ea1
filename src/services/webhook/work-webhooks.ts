import { and, eq, lte, sql } from 'drizzle-orm';
import { webhookDeliveries, webhooks } from '../../adapters/db/schema.ts';
import type { Services } from '../context.ts';
import { WEBHOOKS } from './record.ts';

/** Webhooks that are told something at once: a slow one holds up only itself. */
const CONCURRENCY = 16;
const MAX_DUE = 200;

/** Has this instance tell webhooks what happened, on any instance. */
export function workWebhooks(services: Services): void {
  const due = async () => {
    const rows = await services.db
      .selectDistinct({ id: webhookDeliveries.webhookId })
      .from(webhookDeliveries)
      .innerJoin(webhooks, and(eq(webhooks.id, webhookDeliveries.webhookId), eq(webhooks.enabled, true)))
      .where(and(eq(webhookDeliveries.state, 'PENDING'), lte(webhookDeliveries.dueAt, sql`now()`)))
      .limit(MAX_DUE);
    return rows.map(({ id }) => id);
  };
  services.jobs.work(WEBHOOKS, { concurrency: CONCURRENCY, due }, async (id, signal) => {
    const { runWebhook } = await import('./run-webhook.ts');
    return await runWebhook(services, id, signal);
  });
}
