import { and, eq, ne, sql } from 'drizzle-orm';
import { type MallRole, memberships, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireMall } from '../access.ts';
import { changeRights } from '../account/end-sessions.ts';
import type { UserRecord } from '../account/get-me.ts';
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

  const added = await ctx.db
    .insert(memberships)
    .values({ mallId, userId: user.id, role })
    .onConflictDoNothing()
    .returning();
  if (added.length === 0) {
    await changeRights(ctx, user.id, async (tx, current) => {
      const changed = await tx
        .insert(memberships)
        .values({ mallId, userId: user.id, role })
        .onConflictDoUpdate({
          target: [memberships.userId, memberships.mallId],
          set: { role: sql`excluded.role` },
          setWhere: ne(memberships.role, role),
        })
        .returning();
      return changed.length > 0 ? current : undefined;
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
