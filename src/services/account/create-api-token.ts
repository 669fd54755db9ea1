import { randomUUIDv7 } from 'bun';
import { count, eq } from 'drizzle-orm';
import { apiTokens, type TokenScope } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireMall, requireSession } from '../access.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { makeToken } from './authenticate-token.ts';

export type ApiTokenRecord = Omit<typeof apiTokens.$inferSelect, 'tokenHash'>;

export interface ApiTokenInput {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly mallId?: number | null | undefined;
  readonly expiresAt?: Date | null | undefined;
}

const MAX_TOKENS = 100;
const MAX_NAME_LENGTH = 100;

/**
 * Makes a key for a script, which may do what the actor may, within its scopes.
 * @returns the token, which is shown this once.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token), NOT_FOUND (mall), PARAMS_INVALID
 */
export async function createApiToken(
  ctx: Ctx,
  input: ApiTokenInput,
): Promise<{ readonly token: string; readonly record: ApiTokenRecord }> {
  const actor = requireSession(ctx);
  const name = input.name.trim();
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    invalid(`A name has 1 to ${MAX_NAME_LENGTH} characters.`, `名称须为 1 到 ${MAX_NAME_LENGTH} 个字符`);
  if (input.scopes.length === 0) invalid('A token needs a scope.', '令牌至少需要一项权限');
  if (input.expiresAt && input.expiresAt.getTime() <= Date.now())
    invalid('expiresAt has passed already.', 'expiresAt 已经过去');
  if (input.mallId != null) await requireMall(ctx, input.mallId, 'read');

  const [existing] = await ctx.db
    .select({ count: count() })
    .from(apiTokens)
    .where(eq(apiTokens.userId, actor.userId));
  if ((existing?.count ?? 0) >= MAX_TOKENS)
    invalid(`A user has at most ${MAX_TOKENS} tokens.`, `每个用户最多 ${MAX_TOKENS} 个令牌`);

  const { token, tokenHash } = makeToken();
  const row = await ctx.db.transaction(async (tx) => {
    const [made] = await tx
      .insert(apiTokens)
      .values({
        id: randomUUIDv7(),
        userId: actor.userId,
        name,
        tokenHash,
        scopes: [...new Set(input.scopes)],
        mallId: input.mallId ?? null,
        expiresAt: input.expiresAt ?? null,
      })
      .returning();
    if (!made) throw new Error('a row was not returned');
    const { id, mallId, scopes, expiresAt } = made;
    await recordEvents(tx, ctx, [
      { action: 'api-token.created', mallId, subjectId: id, subjectName: name, data: { scopes, expiresAt } },
    ]);
    return made;
  });
  const { tokenHash: _, ...record } = row;
  return { token, record };
}

function invalid(en: string, zh: string): never {
  throw new AppError('PARAMS_INVALID', { detail: { en, zh } });
}
