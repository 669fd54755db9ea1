import { randomUUIDv7 } from 'bun';
import { eq } from 'drizzle-orm';
import { malls, type WebhookFormat, webhooks } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireMall } from '../access.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { type WebhookWithSecret, withoutSecret } from './record.ts';
import { makeSecret } from './secrets.ts';
import type { WebhookEvent } from './webhook-events.ts';
import { parseEvents, parseWebhookUrl } from './webhook-input.ts';
import { webhookSubject } from './webhook-subject.ts';

export interface WebhookInput {
  readonly mallId: number;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** By default JSON. */
  readonly format?: WebhookFormat | null | undefined;
}

/** Each of them is told of each change. */
const MAX_WEBHOOKS = 20;

/**
 * Has an address told what happens in a mall from now on.
 * @returns its secret too, which is shown this once.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND (mall), FORBIDDEN, PARAMS_INVALID (address,
 * events, too many webhooks)
 */
export async function createWebhook(ctx: Ctx, input: WebhookInput): Promise<WebhookWithSecret> {
  const { userId } = await requireMall(ctx, input.mallId, 'manage');
  const events = parseEvents(input.events);
  const url = await parseWebhookUrl(ctx, input.url);
  const { mallId, format } = input;
  const secret = makeSecret();
  return await ctx.db.transaction(async (tx) => {
    // Two at once would each see the room that there is for one.
    await tx.select({ id: malls.id }).from(malls).where(eq(malls.id, mallId)).for('no key update');
    if ((await tx.$count(webhooks, eq(webhooks.mallId, mallId))) >= MAX_WEBHOOKS) tooMany();
    const [made] = await tx
      .insert(webhooks)
      .values({
        id: randomUUIDv7(),
        mallId,
        url,
        secret,
        events,
        format: format ?? 'JSON',
        createdBy: userId,
      })
      .returning();
    if (!made) throw new Error('a row was not returned');
    await recordEvents(tx, ctx, [
      { ...webhookSubject('webhook.created', made), data: { events, format: made.format } },
    ]);
    return { secret, webhook: withoutSecret(made) };
  });
}

function tooMany(): never {
  throw new AppError('PARAMS_INVALID', {
    detail: {
      en: `A mall has at most ${MAX_WEBHOOKS} webhooks.`,
      zh: `每个商城最多 ${MAX_WEBHOOKS} 个 Webhook`,
    },
  });
}
