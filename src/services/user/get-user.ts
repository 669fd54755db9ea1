import { eq } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { canSeeAccount, isId, requireActor } from '../access.ts';
import type { UserRecord } from '../account/get-me.ts';
import type { Ctx } from '../context.ts';

/**
 * One user, or null when there is none that the actor may look up: administrators may all, others themselves.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function getUser(ctx: Ctx, userId: number): Promise<UserRecord | null> {
  const actor = requireActor(ctx);
  if (!isId(userId) || !canSeeAccount(actor, userId)) return null;
  const [user] = await ctx.db.select().from(users).where(eq(users.id, userId));
  return user ?? null;
}
