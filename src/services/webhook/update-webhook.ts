import { eq, sql } from 'drizzle-orm';
import { type WebhookFormat, webhooks } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { changesOf } from '../audit/changes.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { type WebhookRecord, withoutSecret } from './record.ts';
import { requireWebhook } from './require-webhook.ts';
import { sendWebhook } from './send-webhook.ts';
import type { WebhookEvent } from './webhook-events.ts';
import { parseEvents, parseWebhookUrl } from './webhook-input.ts';
import { webhookSubject } from './webhook-subject.ts';

/** null: as it is. */
export interface UpdateWebhookInput {
  readonly id: string;
  readonly url?: string | null | undefined;
  readonly events?: readonly WebhookEvent[] | null | undefined;
  readonly format?: WebhookFormat | null | undefined;
  readonly enabled?: boolean | null | undefined;
}

/**
 * Changes a webhook. While it is disabled nothing is added to what it is to be told, and what waits goes on waiting.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (address, events)
 */
export async function updateWebhook(ctx: Ctx, input: UpdateWebhookInput): Promise<WebhookRecord> {
  const { id } = await requireWebhook(ctx, input.id);
  const { url, events, format, enabled } = input;
  const changes = {
    ...(url == null ? {} : { url: await parseWebhookUrl(ctx, url) }),
    ...(events == null ? {} : { events: parseEvents(events) }),
    ...(format == null ? {} : { format }),
    ...(enabled == null ? {} : { enabled }),
  };
  const byId = eq(webhooks.id, id);
  const webhook = await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(webhooks).where(byId).for('no key update');
    if (!before) throw new AppError('NOT_FOUND');
    const changed = changesOf(described(before), described({ ...before, ...changes }));
    if (!changed) return withoutSecret(before);
    const [after] = await tx
      .update(webhooks)
      .set({ ...changes, updatedAt: sql`now()` })
      .where(byId)
      .returning();
    if (!after) throw new Error('a locked row was not written');
    const told = changed.url && {
      url: { before: new URL(before.url).origin, after: new URL(after.url).origin },
    };
    await recordEvents(tx, ctx, [
      { ...webhookSubject('webhook.updated', after), changes: { ...changed, ...told } },
    ]);
    return withoutSecret(after);
  });
  sendWebhook(ctx, id);
  return webhook;
}

function described({ url, events, format, enabled }: WebhookRecord) {
  return { url, events, format, enabled };
}
