import type { AuditEvent } from '../audit/record-events.ts';
import type { WebhookRecord } from './record.ts';

/** An event about a webhook. Its name there is its origin: paths and queries of such addresses are often secret. */
export function webhookSubject(
  action: 'webhook.created' | 'webhook.updated' | 'webhook.deleted',
  { id, mallId, url }: Pick<WebhookRecord, 'id' | 'mallId' | 'url'>,
): AuditEvent {
  return { action, mallId, subjectId: id, subjectName: new URL(url).origin };
}
