import { eq } from 'drizzle-orm';
import { webhookDeliveries, webhooks } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireActor, requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { DeliveryRecord, WebhookRow } from './record.ts';

/**
 * A webhook of a mall that the actor manages.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN
 */
export async function requireWebhook(ctx: Ctx, id: string): Promise<WebhookRow> {
  requireActor(ctx, 'MANAGE');
  const [found] = isUuid(id) ? await ctx.db.select().from(webhooks).where(eq(webhooks.id, id)) : [];
  if (!found) throw new AppError('NOT_FOUND');
  await requireMall(ctx, found.mallId, 'manage');
  return found;
}

/**
 * The same for something that a webhook was, or is to be, told.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN
 */
export async function requireDelivery(
  ctx: Ctx,
  id: string,
): Promise<{ readonly webhook: WebhookRow; readonly delivery: DeliveryRecord }> {
  requireActor(ctx, 'MANAGE');
  const [delivery] = isUuid(id)
    ? await ctx.db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id))
    : [];
  if (!delivery) throw new AppError('NOT_FOUND');
  return { webhook: await requireWebhook(ctx, delivery.webhookId), delivery };
}

/** @throws AppError PARAMS_INVALID where it is disabled */
export function requireEnabled({ enabled }: WebhookRow): void {
  if (enabled) return;
  throw new AppError('PARAMS_INVALID', {
    detail: { en: 'The webhook is disabled.', zh: '该 Webhook 已停用' },
  });
}
