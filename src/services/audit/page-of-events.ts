import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { auditEvents, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { inVisibleMalls } from '../access.ts';
import type { UserRecord } from '../account/get-me.ts';
import type { Actor, Ctx } from '../context.ts';
import { cutPage, type Page, type PageInput, parseWindow } from '../page.ts';

/** An event as whoever may see it is told it: where it came from only those who manage its mall. */
export type AuditRecord = typeof auditEvents.$inferSelect & {
  /** As they are now. */
  readonly actor: UserRecord | null;
};

/** Milliseconds since 1970, of years with four digits. */
const CURSOR = /^event:(\d{1,13}):([0-9a-f-]{36})$/;

/**
 * A page of the events for which a condition holds, the newest first.
 * @throws AppError PARAMS_INVALID (page size, cursor)
 */
export async function pageOfEvents(
  ctx: Ctx,
  actor: Actor,
  condition: SQL | undefined,
  input: PageInput,
): Promise<Page<AuditRecord>> {
  const window = parseWindow(input);
  const cursor = window.cursor === undefined ? undefined : decodeCursor(window.cursor);
  const beyond =
    cursor &&
    sql`(${auditEvents.at}, ${auditEvents.id}) ${window.backward ? sql`>` : sql`<`} (${cursor.at.toISOString()}::timestamptz, ${cursor.id}::uuid)`;
  const direction = window.backward ? asc : desc;
  const found = await ctx.db
    .select({ ...eventColumns(ctx, actor), actor: users })
    .from(auditEvents)
    .leftJoin(users, eq(users.id, auditEvents.actorId))
    .where(and(condition, beyond))
    .orderBy(direction(auditEvents.at), direction(auditEvents.id))
    .limit(window.size + 1);
  return {
    ...cutPage(found, window),
    cursorOf: ({ at, id }) => Buffer.from(`event:${at.getTime()}:${id}`).toString('base64url'),
    count: () => ctx.db.$count(auditEvents, condition),
  };
}

function eventColumns({ db }: Ctx, actor: Actor) {
  const mayManage = !actor.token || actor.token.scopes.includes('MANAGE');
  const managed = mayManage ? inVisibleMalls(db, actor, auditEvents.mallId, 'manage') : sql`false`;
  const forManagers = <T extends PgColumn>(column: T) =>
    managed ? sql<string | null>`case when ${managed} then ${column} end` : sql<string | null>`${column}`;
  const { id, at, action, actorId, mallId, subjectId, subjectName, data, address, requestId, tokenId } =
    auditEvents;
  return {
    ...{ id, at, action, actorId, mallId, subjectId, subjectName, data },
    address: forManagers(address),
    requestId: forManagers(requestId),
    tokenId: forManagers(tokenId),
  };
}

function decodeCursor(text: string): { readonly at: Date; readonly id: string } {
  const [, at, id = ''] = CURSOR.exec(Buffer.from(text.slice(0, 200), 'base64url').toString()) ?? [];
  if (!isUuid(id)) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: 'The cursor does not belong to this list.', zh: '游标不属于这个列表' },
    });
  }
  return { at: new Date(Number(at)), id };
}
