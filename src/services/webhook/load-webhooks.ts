import { asc, getTableColumns, inArray } from 'drizzle-orm';
import { webhooks } from '../../adapters/db/schema.ts';
import type { Ctx } from '../context.ts';
import { loadRoles } from '../mall/load-roles.ts';
import type { WebhookRecord } from './record.ts';

const { secret: _, ...columns } = getTableColumns(webhooks);

/**
 * The webhooks of malls by the malls' ids, the oldest first; no entry for a mall of which the actor may not see them:
 * its owners and administrators may, not with an API token without MANAGE.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without READ)
 */
export async function loadWebhooks(
  ctx: Ctx,
  mallIds: readonly number[],
): Promise<ReadonlyMap<number, readonly WebhookRecord[]>> {
  const { token } = ctx.actor ?? {};
  if (token && !token.scopes.includes('MANAGE')) return new Map();
  const roles = await loadRoles(ctx, mallIds);
  const visible = mallIds.filter((id) => roles.get(id) === 'ADMIN' || roles.get(id) === 'OWNER');
  const found = new Map<number, WebhookRecord[]>(visible.map((id) => [id, []]));
  if (visible.length === 0) return found;
  const rows = await ctx.db
    .select(columns)
    .from(webhooks)
    .where(inArray(webhooks.mallId, visible))
    .orderBy(asc(webhooks.createdAt), asc(webhooks.id));
  for (const row of rows) found.get(row.mallId)?.push(row);
  return found;
}
