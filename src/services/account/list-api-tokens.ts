import { desc, eq, getTableColumns } from 'drizzle-orm';
import { apiTokens } from '../../adapters/db/schema.ts';
import { requireSession } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { ApiTokenRecord } from './create-api-token.ts';

/**
 * The actor's API tokens, newest first, expired ones too.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token)
 */
export async function listApiTokens(ctx: Ctx): Promise<ApiTokenRecord[]> {
  const actor = requireSession(ctx);
  const { tokenHash: _, ...columns } = getTableColumns(apiTokens);
  return await ctx.db
    .select(columns)
    .from(apiTokens)
    .where(eq(apiTokens.userId, actor.userId))
    .orderBy(desc(apiTokens.id));
}
