import { randomUUIDv7 } from 'bun';
import { sql } from 'drizzle-orm';
import { jsonRows } from '../../adapters/db/json-rows.ts';
import type { Transaction } from '../../adapters/db/open.ts';
import { Statement } from '../../adapters/db/statement.ts';
import { allEnded } from '../../lib/all-ended.ts';
import type { Ctx } from '../context.ts';
import type { MaterialRecord } from '../material/record.ts';
import { findWanted } from '../webhook/find-wanted.ts';
import { bounded } from './bounded.ts';
import type { AuditChanges } from './changes.ts';

/** What the audit trail can tell: the kind of thing, and what was done to it. */
export type AuditAction =
  | 'material.created'
  | 'material.updated'
  | 'material.replaced'
  | 'material.deleted'
  | 'material.restored'
  | 'material.purged'
  | 'link.created'
  | 'mall.created'
  | 'mall.updated'
  | 'mall.deleted'
  | 'member.set'
  | 'member.removed'
  | 'user.created'
  | 'user.updated'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.password-changed'
  | 'user.password-reset'
  | 'user.logged-in'
  | 'user.login-failed'
  | 'user.session-revoked'
  | 'user.logged-out-everywhere'
  | 'api-token.created'
  | 'api-token.revoked'
  | 'avatar.changed'
  | 'export.finished'
  | 'export.link-created'
  | 'quota.near'
  | 'webhook.created'
  | 'webhook.updated'
  | 'webhook.deleted';

export interface AuditEvent {
  readonly action: AuditAction;
  /** null: it belongs to no mall. */
  readonly mallId: number | null;
  /** Id of the material, user, mall … that it was done to. */
  readonly subjectId?: string | number | null;
  /** Its name at this time. */
  readonly subjectName?: string | null;
  /** What is other than before. */
  readonly changes?: AuditChanges;
  /** What more there is to tell; no secrets. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The material as it is now, or was before its end: only webhooks are told. */
  readonly material?: MaterialRecord;
}

/** Who did it; commands and the server itself have no actor and no request. With a queue webhooks are told at once. */
export type AuditSource = Partial<Pick<Ctx, 'actor' | 'address' | 'requestId' | 'db' | 'jobs' | 'log'>> & {
  /** Where there is no actor: by a command. */
  readonly via?: 'cli';
};

const insertEvents = new Statement(
  sql`
    insert into audit_events (
      id, action, actor_id, token_id, mall_id, subject_id, subject_name, data, address, request_id
    )
    select id, action, "actorId", "tokenId", "mallId", "subjectId", "subjectName", data, address, "requestId"
    from json_to_recordset(${sql.placeholder('rows')}::text::json) as given (
      id uuid, action text, "actorId" integer, "tokenId" uuid, "mallId" integer, "subjectId" text, "subjectName" text,
      data jsonb, address text, "requestId" text
    )`,
  {},
);

/**
 * Adds to the audit trail, and to what webhooks are to be told, in the transaction of what is told: all is there, or
 * nothing.
 * @param findMaterials those that the events are about, where they do not tell; asked for if a webhook is to be told.
 */
export async function recordEvents(
  tx: Pick<Transaction, '_' | 'execute'>,
  source: AuditSource,
  events: readonly AuditEvent[],
  findMaterials?: () => Promise<readonly MaterialRecord[]>,
): Promise<void> {
  if (events.length === 0) return;
  const rows = jsonRows(events.map((event) => rowOf(source, event)));
  const [wanted] = await allEnded([findWanted(tx, events), insertEvents.run(tx, { rows })]);
  if (wanted.length === 0) return;
  const { queueDeliveries } = await import('../webhook/queue-deliveries.ts');
  const materials = new Map((await findMaterials?.())?.map((material) => [material.id, material]));
  const told = events.map((event) => {
    const material = event.material ?? materials.get(String(event.subjectId));
    return material ? { ...event, material } : event;
  });
  await queueDeliveries(tx, source, told, wanted);
}

function rowOf({ actor, address, requestId, via }: AuditSource, event: AuditEvent) {
  const { action, mallId, subjectId, subjectName, changes, data } = event;
  const told = { ...data, ...(changes && { changes }), ...(via && { via }) };
  return {
    id: randomUUIDv7(),
    action,
    actorId: actor?.userId ?? null,
    tokenId: actor?.token?.id ?? null,
    mallId,
    subjectId: subjectId == null ? null : String(subjectId),
    subjectName: subjectName == null ? null : bounded(subjectName),
    data: Object.keys(told).length > 0 ? bounded(told) : null,
    address: address ?? null,
    requestId: requestId ?? null,
  };
}
