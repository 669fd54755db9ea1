import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { type WebhookDeliveryState, webhookDeliveries } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { cutPage, type Page, type PageInput, parseWindow } from '../page.ts';
import type { DeliveryRecord, WebhookRecord } from './record.ts';

export interface DeliveryListInput extends PageInput {
  readonly state?: WebhookDeliveryState | null | undefined;
}

/** Milliseconds since 1970, of years with four digits. */
const CURSOR = /^delivery:(\d{1,13}):([0-9a-f-]{36})$/;

/**
 * A page of what a webhook was told, or is to be, the newest first.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (page size, cursor)
 */
export async function listDeliveries(
  ctx: Ctx,
  { id: webhookId, mallId }: Pick<WebhookRecord, 'id' | 'mallId'>,
  input: DeliveryListInput,
): Promise<Page<DeliveryRecord>> {
  await requireMall(ctx, mallId, 'manage');
  const window = parseWindow(input);
  const { createdAt, id, state } = webhookDeliveries;
  const condition = and(
    eq(webhookDeliveries.webhookId, webhookId),
    input.state == null ? undefined : eq(state, input.state),
  );
  const cursor = window.cursor === undefined ? undefined : decodeCursor(window.cursor);
  const beyond =
    cursor &&
    sql`(${createdAt}, ${id}) ${window.backward ? sql`>` : sql`<`} (${cursor.at.toISOString()}::timestamptz, ${cursor.id}::uuid)`;
  const direction = window.backward ? asc : desc;
  const found = await ctx.db
    .select()
    .from(webhookDeliveries)
    .where(and(condition, beyond))
    .orderBy(direction(createdAt), direction(id))
    .limit(window.size + 1);
  return {
    ...cutPage(found, window),
    cursorOf: (row) => Buffer.from(`delivery:${row.createdAt.getTime()}:${row.id}`).toString('base64url'),
    count: () => ctx.db.$count(webhookDeliveries, condition),
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
