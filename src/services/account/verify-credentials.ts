import { eq, sql } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Actor, Ctx } from '../context.ts';
import { verifyPassword } from './passwords.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Finds who logs in; starting the session is up to the transport.
 * @throws AppError INVALID_CREDENTIALS, with the same text and after the same time whatever is wrong.
 */
export async function verifyCredentials(ctx: Ctx, input: Credentials): Promise<Actor> {
  // PostgreSQL's text cannot hold NUL, so nobody is called that.
  const username = input.username.includes('\0') ? '' : input.username.slice(0, 200);
  const [user] = await ctx.db
    .select()
    .from(users)
    .where(eq(sql`lower(${users.username})`, sql`lower(${username})`));
  const usable = user && user.disabledAt === null ? user : undefined;
  const matches = await verifyPassword(ctx.passwords, input.password, usable?.passwordHash);
  if (!usable || !matches) throw new AppError('INVALID_CREDENTIALS');
  return { userId: usable.id, username: usable.username, role: usable.role };
}
