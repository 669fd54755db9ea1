import { asc, eq, inArray } from 'drizzle-orm';
import { type MallRole, memberships, users } from '../../adapters/db/schema.ts';
import type { UserRecord } from '../account/get-me.ts';
import type { Ctx } from '../context.ts';
import { loadRoles } from './load-roles.ts';

export interface MallMemberRecord {
  readonly mallId: number;
  readonly user: UserRecord;
  readonly role: MallRole;
}

/**
 * The members of malls by the malls' ids, each by user id; no entry for a mall of which the actor may not see them:
 * its owners and administrators may.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function loadMembers(
  ctx: Ctx,
  mallIds: readonly number[],
): Promise<ReadonlyMap<number, readonly MallMemberRecord[]>> {
  const roles = await loadRoles(ctx, mallIds);
  const visible = mallIds.filter((id) => roles.get(id) === 'ADMIN' || roles.get(id) === 'OWNER');
  const found = new Map<number, MallMemberRecord[]>(visible.map((id) => [id, []]));
  if (visible.length === 0) return found;
  const rows = await ctx.db
    .select({ mallId: memberships.mallId, user: users, role: memberships.role })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(inArray(memberships.mallId, visible))
    .orderBy(asc(users.id));
  for (const row of rows) found.get(row.mallId)?.push(row);
  return found;
}
