import { sql } from 'drizzle-orm';
import type { Transaction } from '../../adapters/db/open.ts';
import { malls, webhooks } from '../../adapters/db/schema.ts';
import { Statement } from '../../adapters/db/statement.ts';
import type { AuditEvent } from '../audit/record-events.ts';
import { isWebhookEvent } from './webhook-events.ts';

/** A webhook that may have to be told of what happened in its mall. */
export interface WantedWebhook {
  readonly id: string;
  readonly mall: { readonly id: number; readonly name: string };
  readonly events: readonly string[];
}

const selectWanted = new Statement(
  sql`
    select ${webhooks.id}, ${webhooks.mallId}, (select ${malls.name} from ${malls} where ${malls.id} = ${webhooks.mallId}),
      ${webhooks.events}
    from ${webhooks}
    where ${webhooks.mallId} = any(${sql.placeholder('mallIds')}::integer[]) and ${webhooks.enabled}`,
  { id: webhooks.id, mallId: webhooks.mallId, mallName: malls.name, events: webhooks.events },
);

/** The webhooks of the malls that events are about. Events of which no webhook is ever told cost no statement. */
export async function findWanted(
  tx: Pick<Transaction, '_'>,
  events: readonly AuditEvent[],
): Promise<readonly WantedWebhook[]> {
  const mallIds = new Set<number>();
  for (const { action, mallId } of events) if (mallId !== null && isWebhookEvent(action)) mallIds.add(mallId);
  if (mallIds.size === 0) return [];
  const found = await selectWanted.run(tx, { mallIds: `{${[...mallIds].join()}}` });
  return found.map(({ id, mallId, mallName, events: wanted }) => ({
    id,
    mall: { id: mallId, name: mallName },
    events: wanted,
  }));
}
