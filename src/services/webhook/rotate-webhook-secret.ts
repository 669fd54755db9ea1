import { eq, sql } from 'drizzle-orm';
import { webhooks } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { type WebhookWithSecret, withoutSecret } from './record.ts';
import { requireWebhook } from './require-webhook.ts';
import { makeSecret, rotateSecret } from './secrets.ts';
import { webhookSubject } from './webhook-subject.ts';

/**
 * Gives a webhook another secret. For a day messages are signed by both.
 * @returns the secret, which is shown this once.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN
 */
export async function rotateWebhookSecret(ctx: Ctx, id: string): Promise<WebhookWithSecret> {
  const { id: found } = await requireWebhook(ctx, id);
  const byId = eq(webhooks.id, found);
  const secret = makeSecret();
  return await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(webhooks).where(byId).for('no key update');
    if (!before) throw new AppError('NOT_FOUND');
    const [after] = await tx
      .update(webhooks)
      .set({ secret: rotateSecret(before.secret, secret, new Date()), updatedAt: sql`now()` })
      .where(byId)
      .returning();
    if (!after) throw new Error('a locked row was not written');
    await recordEvents(tx, ctx, [
      { ...webhookSubject('webhook.updated', after), data: { secretRotated: true } },
    ]);
    return { secret, webhook: withoutSecret(after) };
  });
}
