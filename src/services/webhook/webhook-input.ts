import { RemoteError } from '../../adapters/remote/remote-client.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import type { WebhookEvent } from './webhook-events.ts';

/** Characters. */
const MAX_URL = 2000;

/**
 * The address of a webhook as it is kept. What its name leads to is looked at whenever it is told something.
 * @throws AppError PARAMS_INVALID (no http or https, credentials in it, an address that must not be reached)
 */
export async function parseWebhookUrl(ctx: Pick<Ctx, 'webhookClient'>, text: string): Promise<string> {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || text.length > MAX_URL) {
    invalid(
      `A webhook needs an http or https address of at most ${MAX_URL} characters.`,
      `Webhook 需要不超过 ${MAX_URL} 个字符的 http 或 https 地址`,
    );
  }
  url.hash = '';
  try {
    await ctx.webhookClient.check(url.href);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    invalid('This server may not reach this address.', '本服务器不允许访问该地址');
  }
  return url.href;
}

/** @throws AppError PARAMS_INVALID (none) */
export function parseEvents(events: readonly WebhookEvent[]): WebhookEvent[] {
  if (events.length === 0) invalid('A webhook needs an event.', 'Webhook 至少需要一个事件');
  return [...new Set(events)];
}

function invalid(en: string, zh: string): never {
  throw new AppError('PARAMS_INVALID', { detail: { en, zh } });
}
