import { and, asc, eq, inArray } from 'drizzle-orm';
import { type MallRole, malls, memberships } from '../../adapters/db/schema.ts';
import { canSeeAccount, inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MallRecord, mallColumns } from '../mall/record.ts';

export interface MembershipRecord {
  readonly userId: number;
  readonly mall: MallRecord;
  readonly role: MallRole;
}

/**
 * The memberships of users by their ids, each by mall id; no entry for a user of whom the actor may not see them.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function loadMemberships(
  ctx: Ctx,
  userIds: readonly number[],
): Promise<ReadonlyMap<number, readonly MembershipRecord[]>> {
  const actor = requireActor(ctx);
  const visible = userIds.filter((id) => canSeeAccount(actor, id));
  const found = new Map<number, MembershipRecord[]>(visible.map((id) => [id, []]));
  if (visible.length === 0) return found;
  const rows = await ctx.db
    .select({ userId: memberships.userId, mall: mallColumns, role: memberships.role })
    .from(memberships)
    .innerJoin(malls, eq(malls.id, memberships.mallId))
    .where(and(inArray(memberships.userId, visible), inVisibleMalls(ctx.db, actor, malls.id)))
    .orderBy(asc(malls.id));
  for (const row of rows) found.get(row.userId)?.push(row);
  return found;
}
