import type { webhookDeliveries, webhooks } from '../../adapters/db/schema.ts';

/** Queue of the webhooks that have something to be told: one job for each, whatever it is to be told. */
export const WEBHOOKS = 'webhooks';

export type WebhookRow = typeof webhooks.$inferSelect;
/** What its owners see. */
export type WebhookRecord = Omit<WebhookRow, 'secret'>;
export type DeliveryRecord = typeof webhookDeliveries.$inferSelect;

/** A webhook whose secret was just made, and is shown this once. */
export interface WebhookWithSecret {
  readonly secret: string;
  readonly webhook: WebhookRecord;
}

export function withoutSecret({ secret: _, ...record }: WebhookRow): WebhookRecord {
  return record;
}
