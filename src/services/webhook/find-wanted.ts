import { and, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../../adapters/db/open.ts';
import { malls, webhooks } from '../../adapters/db/schema.ts';
import type { AuditEvent } from '../audit/record-events.ts';
import { isWebhookEvent } from './webhook-events.ts';

/** A webhook that may have to be told of what happened in its mall. */
export interface WantedWebhook {
  readonly id: string;
  readonly mall: { readonly id: number; readonly name: string };
  readonly events: readonly string[];
}

/** The webhooks of the malls that events are about. Events of which no webhook is ever told cost no statement. */
export async function findWanted(
  tx: Pick<Transaction, 'select'>,
  events: readonly AuditEvent[],
): Promise<readonly WantedWebhook[]> {
  const mallIds = new Set<number>();
  for (const { action, mallId } of events) if (mallId !== null && isWebhookEvent(action)) mallIds.add(mallId);
  if (mallIds.size === 0) return [];
  return await tx
    .select({ id: webhooks.id, mall: { id: malls.id, name: malls.name }, events: webhooks.events })
    .from(webhooks)
    .innerJoin(malls, eq(malls.id, webhooks.mallId))
    .where(and(inArray(webhooks.mallId, [...mallIds]), eq(webhooks.enabled, true)))
    .prepare('webhooks_of_malls')
    .execute();
}
