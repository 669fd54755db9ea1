import { randomUUIDv7 } from 'bun';
import type { Transaction } from '../../adapters/db/open.ts';
import { auditEvents } from '../../adapters/db/schema.ts';
import type { Ctx } from '../context.ts';

/** What the audit trail can tell: the kind of thing, and what was done to it. */
export type AuditAction =
  | 'material.created'
  | 'material.updated'
  | 'material.replaced'
  | 'material.deleted'
  | 'material.restored'
  | 'material.purged'
  | 'export.finished'
  | 'export.link-created';

export interface AuditEvent {
  readonly action: AuditAction;
  /** null: it belongs to no mall. */
  readonly mallId: number | null;
  /** Id of the material, user, mall … that it was done to. */
  readonly subjectId?: string | number | null;
  /** Its name at this time. */
  readonly subjectName?: string | null;
  /** What more there is to tell; no secrets. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Who did it; commands and the server itself have no actor and no request. */
export type AuditSource = Partial<Pick<Ctx, 'actor' | 'address' | 'requestId'>>;

/** Rows for one statement; PostgreSQL takes 65,535 parameters. */
const ROWS_PER_STATEMENT = 1000;

/** Adds to the audit trail, in the transaction of what is told: both are there, or neither. */
export async function recordEvents(
  tx: Pick<Transaction, 'insert'>,
  { actor, address, requestId }: AuditSource,
  events: readonly AuditEvent[],
): Promise<void> {
  const rows = events.map(({ action, mallId, subjectId, subjectName, data }) => ({
    id: randomUUIDv7(),
    action,
    actorId: actor?.userId ?? null,
    tokenId: actor?.token?.id ?? null,
    mallId,
    subjectId: subjectId == null ? null : String(subjectId),
    subjectName: subjectName ?? null,
    data: data ?? null,
    address: address ?? null,
    requestId: requestId ?? null,
  }));
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await tx.insert(auditEvents).values(rows.slice(start, start + ROWS_PER_STATEMENT));
  }
}
