import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { apiTokens, users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Actor, Services } from '../context.ts';

/** So that a leaked token is found by scanners of source code. */
const TOKEN_PREFIX = 'stk_';
const TOKEN = /^stk_[A-Za-z0-9_-]{43}$/;
const RANDOM_BYTES = 32;

/** A new token; only its hash is kept. */
export function makeToken(): { readonly token: string; readonly tokenHash: string } {
  const token =
    TOKEN_PREFIX + Buffer.from(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))).toString('base64url');
  return { token, tokenHash: hashOf(token) };
}

/**
 * Who asks with an API token: its owner, with what rights they have now, narrowed to the token's.
 * @throws AppError TOKEN_INVALID (unknown, expired, or its owner is disabled)
 */
export async function authenticateToken(services: Pick<Services, 'db'>, token: string): Promise<Actor> {
  if (!TOKEN.test(token)) throw new AppError('TOKEN_INVALID');
  const [found] = await services.db
    .select({
      userId: users.id,
      username: users.username,
      role: users.role,
      mustChangePassword: users.mustChangePassword,
      token: { id: apiTokens.id, scopes: apiTokens.scopes, mallId: apiTokens.mallId },
      isStale: sql<boolean>`(${apiTokens.lastUsedAt} is null or ${apiTokens.lastUsedAt} < now() - interval '1 minute')`,
    })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(and(eq(apiTokens.tokenHash, hashOf(token)), isUsable, isNull(users.disabledAt)));
  if (!found) throw new AppError('TOKEN_INVALID');
  const { isStale, ...actor } = found;
  if (isStale) {
    await services.db
      .update(apiTokens)
      .set({ lastUsedAt: sql`now()` })
      .where(
        and(
          eq(apiTokens.id, actor.token.id),
          or(isNull(apiTokens.lastUsedAt), lt(apiTokens.lastUsedAt, sql`now()`)),
        ),
      );
  }
  return actor;
}

/** Whether what `authenticateToken` once gave still holds. */
export async function isTokenAlive(services: Pick<Services, 'db'>, tokenId: string): Promise<boolean> {
  const [found] = await services.db
    .select({ id: apiTokens.id })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(and(eq(apiTokens.id, tokenId), isUsable, isNull(users.disabledAt)));
  return found !== undefined;
}

const isUsable = or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`));

function hashOf(token: string): string {
  return new Bun.CryptoHasher('sha256').update(token).digest('hex');
}
