import { eq } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import type { Ctx } from '../context.ts';

export type UserRecord = typeof users.$inferSelect;

/** The user that asks, or null for a visitor. */
export async function getMe(ctx: Ctx): Promise<UserRecord | null> {
  if (!ctx.actor) return null;
  const [user] = await ctx.db.select().from(users).where(eq(users.id, ctx.actor.userId));
  return user ?? null;
}
