import { randomUUIDv7 } from 'bun';
import { eq, sql } from 'drizzle-orm';
import { malls, webhookDeliveries } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import type { DeliveryRecord } from './record.ts';
import { requireEnabled, requireWebhook } from './require-webhook.ts';
import { sendWebhook } from './send-webhook.ts';
import { PING } from './webhook-events.ts';

/**
 * Tells a webhook something that means nothing, to see that it works.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (disabled)
 */
export async function pingWebhook(ctx: Ctx, id: string): Promise<DeliveryRecord> {
  const webhook = await requireWebhook(ctx, id);
  requireEnabled(webhook);
  const [mall] = await ctx.db
    .select({ id: malls.id, name: malls.name })
    .from(malls)
    .where(eq(malls.id, webhook.mallId));
  if (!mall) throw new AppError('NOT_FOUND');
  const now = new Date();
  const actor = ctx.actor && { id: ctx.actor.userId, username: ctx.actor.username };
  const [delivery] = await ctx.db
    .insert(webhookDeliveries)
    .values({
      id: randomUUIDv7(),
      webhookId: webhook.id,
      event: PING,
      payload: { type: PING, timestamp: now.toISOString(), data: { mall, actor } },
      state: 'PENDING',
      dueAt: sql`now()`,
    })
    .returning();
  if (!delivery) throw new Error('a row was not returned');
  sendWebhook(ctx, webhook.id);
  return delivery;
}
