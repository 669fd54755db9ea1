import { and, eq } from 'drizzle-orm';
import { apiTokens } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireSession } from '../access.ts';
import type { Ctx } from '../context.ts';
import { announceEnd } from './end-sessions.ts';

/**
 * Ends an API token of the actor at once.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token), NOT_FOUND (also for a token of
 * somebody else)
 */
export async function revokeApiToken(ctx: Ctx, id: string): Promise<void> {
  const actor = requireSession(ctx);
  const removed = isUuid(id)
    ? await ctx.db
        .delete(apiTokens)
        .where(and(eq(apiTokens.id, id), eq(apiTokens.userId, actor.userId)))
        .returning({ id: apiTokens.id })
    : [];
  if (removed.length === 0) throw new AppError('NOT_FOUND');
  await announceEnd(ctx, actor.userId);
}
