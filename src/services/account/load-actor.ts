import { and, eq, isNull } from 'drizzle-orm';
import { apiTokens, users } from '../../adapters/db/schema.ts';
import type { Actor, Services } from '../context.ts';
import { isTokenAlive } from './authenticate-token.ts';

/**
 * Somebody who asked for something earlier, with the rights that they have now; undefined for who is disabled, or whose
 * API token has ended.
 * @param tokenId of the API token that they asked with.
 */
export async function loadActor(
  services: Pick<Services, 'db'>,
  userId: number,
  tokenId: string | null = null,
): Promise<Actor | undefined> {
  const [user] = await services.db
    .select({
      userId: users.id,
      username: users.username,
      role: users.role,
      mustChangePassword: users.mustChangePassword,
    })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)));
  if (!user || tokenId === null) return user;
  if (!(await isTokenAlive(services, tokenId))) return undefined;
  const [token] = await services.db
    .select({ id: apiTokens.id, scopes: apiTokens.scopes, mallId: apiTokens.mallId })
    .from(apiTokens)
    .where(eq(apiTokens.id, tokenId));
  return token && { ...user, token };
}
