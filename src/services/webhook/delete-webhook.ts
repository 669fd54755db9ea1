import { eq } from 'drizzle-orm';
import { webhooks } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { requireWebhook } from './require-webhook.ts';
import { webhookSubject } from './webhook-subject.ts';

/**
 * Removes a webhook with all that it was, and was to be, told.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN
 */
export async function deleteWebhook(ctx: Ctx, id: string): Promise<void> {
  const webhook = await requireWebhook(ctx, id);
  await ctx.db.transaction(async (tx) => {
    const removed = await tx
      .delete(webhooks)
      .where(eq(webhooks.id, webhook.id))
      .returning({ id: webhooks.id });
    if (removed.length === 0) throw new AppError('NOT_FOUND');
    await recordEvents(tx, ctx, [webhookSubject('webhook.deleted', webhook)]);
  });
}
