import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { type WebhookRecord, withoutSecret } from './record.ts';
import { requireWebhook } from './require-webhook.ts';

/**
 * One webhook, or null when there is none in the malls that the actor sees.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN
 */
export async function getWebhook(ctx: Ctx, id: string): Promise<WebhookRecord | null> {
  try {
    return withoutSecret(await requireWebhook(ctx, id));
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
