import { eq, sql } from 'drizzle-orm';
import { webhookDeliveries } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import type { DeliveryRecord } from './record.ts';
import { requireDelivery, requireEnabled } from './require-webhook.ts';
import { sendWebhook } from './send-webhook.ts';

/**
 * Tells a webhook something again, whatever became of it before, under the same id; tries are counted from the start.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (disabled)
 */
export async function redeliverWebhook(ctx: Ctx, deliveryId: string): Promise<DeliveryRecord> {
  const { webhook, delivery } = await requireDelivery(ctx, deliveryId);
  requireEnabled(webhook);
  const [again] = await ctx.db
    .update(webhookDeliveries)
    .set({ state: 'PENDING', attempts: 0, dueAt: sql`now()`, finishedAt: null })
    .where(eq(webhookDeliveries.id, delivery.id))
    .returning();
  if (!again) throw new AppError('NOT_FOUND');
  sendWebhook(ctx, webhook.id);
  return again;
}
