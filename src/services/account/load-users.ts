import { inArray } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { UserRecord } from './get-me.ts';

/**
 * Users that a material or another object which the actor may see mentions.
 * @throws AppError LOGIN_REQUIRED
 */
export async function loadUsers(ctx: Ctx, ids: readonly number[]): Promise<UserRecord[]> {
  requireActor(ctx);
  return await ctx.db
    .select()
    .from(users)
    .where(inArray(users.id, [...ids]));
}
