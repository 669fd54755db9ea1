import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { findTokenGrant } from '../account/authenticate-token.ts';
import type { Actor } from '../context.ts';
import type { ExportJobRecord } from './record.ts';

/**
 * Whoever asked for the job, with the rights that they and their API token have now.
 * @throws AppError FORBIDDEN (a disabled user), TOKEN_INVALID
 */
export async function actorOfJob(
  db: Database,
  { userId, parameters }: Pick<ExportJobRecord, 'userId' | 'parameters'>,
): Promise<Actor> {
  const [user] = await db
    .select({
      userId: users.id,
      username: users.username,
      role: users.role,
      mustChangePassword: users.mustChangePassword,
    })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)));
  if (!user) throw new AppError('FORBIDDEN');
  const { tokenId } = parameters;
  if (typeof tokenId !== 'string') return user;
  const token = await findTokenGrant(db, tokenId);
  if (!token) throw new AppError('TOKEN_INVALID');
  return { ...user, token };
}
