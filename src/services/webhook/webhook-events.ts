import type { AuditAction } from '../audit/record-events.ts';

/** What webhooks can be told, under the names of the audit trail. */
export const WEBHOOK_EVENTS = [
  'material.created',
  'material.updated',
  'material.replaced',
  'material.deleted',
  'material.restored',
  'material.purged',
  'export.finished',
  'quota.near',
] as const satisfies readonly AuditAction[];

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Asked for by `pingWebhook`; it needs no subscription. */
export const PING = 'ping';

const known: ReadonlySet<string> = new Set(WEBHOOK_EVENTS);

export function isWebhookEvent(action: string): action is WebhookEvent {
  return known.has(action);
}
