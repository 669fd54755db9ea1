import { and, eq, sql } from 'drizzle-orm';
import { type MallRole, memberships, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireMall } from '../access.ts';
import { changeRights } from '../account/end-sessions.ts';
import type { UserRecord } from '../account/get-me.ts';
import { memberEvent } from '../audit/member-events.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import type { MallMemberRecord } from './load-members.ts';

export interface SetMallMemberInput {
  readonly mallId: number;
  /** One of the two. */
  readonly userId?: number | null | undefined;
  readonly username?: string | null | undefined;
  readonly role: MallRole;
}

/**
 * Makes a user a member of a mall, or gives a member another role, which ends their sessions.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND (mall, user), FORBIDDEN, PARAMS_INVALID
 */
export async function setMallMember(ctx: Ctx, input: SetMallMemberInput): Promise<MallMemberRecord> {
  const { mallId, role } = input;
  if ((input.userId == null) === (input.username == null)) {
    throw new AppError('PARAMS_INVALID', { detail: 'Give userId or username.' });
  }
  await requireMall(ctx, mallId, 'manage');
  const user = await findUser(ctx, input);
  if (!user) throw new AppError('NOT_FOUND');

  const isAdded = await ctx.db.transaction(async (tx) => {
    const added = await tx
      .insert(memberships)
      .values({ mallId, userId: user.id, role })
      .onConflictDoNothing()
      .returning();
    if (added.length === 0) return false;
    await recordEvents(tx, ctx, [memberEvent({ mallId, user, before: null, after: role })]);
    return true;
  });
  if (!isAdded) {
    await changeRights(ctx, user.id, async (tx, current) => {
      const [existing] = await tx
        .select({ role: memberships.role })
        .from(memberships)
        .where(and(eq(memberships.mallId, mallId), eq(memberships.userId, user.id)))
        .for('update');
      if (existing?.role === role) return undefined;
      await tx
        .insert(memberships)
        .values({ mallId, userId: user.id, role })
        .onConflictDoUpdate({
          target: [memberships.userId, memberships.mallId],
          set: { role: sql`excluded.role` },
        });
      await recordEvents(tx, ctx, [
        memberEvent({ mallId, user: current, before: existing?.role ?? null, after: role }),
      ]);
      return current;
    });
  }
  return { mallId, user, role };
}

async function findUser(
  ctx: Ctx,
  { userId, username }: Pick<SetMallMemberInput, 'userId' | 'username'>,
): Promise<UserRecord | undefined> {
  if (userId != null && !isId(userId)) return undefined;
  const [user] = await ctx.db
    .select()
    .from(users)
    .where(
      and(
        userId == null ? undefined : eq(users.id, userId),
        username == null ? undefined : eq(sql`lower(${users.username})`, sql`lower(${username.trim()})`),
      ),
    );
  return user;
}
