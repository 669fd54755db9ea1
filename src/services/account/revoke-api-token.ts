import { and, eq } from 'drizzle-orm';
import { apiTokens } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireSession } from '../access.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { announceEnd } from './end-sessions.ts';

/**
 * Ends an API token of the actor at once.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token), NOT_FOUND (also for a token of
 * somebody else)
 */
export async function revokeApiToken(ctx: Ctx, id: string): Promise<void> {
  const actor = requireSession(ctx);
  if (!isUuid(id)) throw new AppError('NOT_FOUND');
  await ctx.db.transaction(async (tx) => {
    const [removed] = await tx
      .delete(apiTokens)
      .where(and(eq(apiTokens.id, id), eq(apiTokens.userId, actor.userId)))
      .returning({ mallId: apiTokens.mallId, name: apiTokens.name });
    if (!removed) throw new AppError('NOT_FOUND');
    const { mallId, name } = removed;
    await recordEvents(tx, ctx, [
      { action: 'api-token.revoked', mallId, subjectId: id.toLowerCase(), subjectName: name },
    ]);
  });
  await announceEnd(ctx, actor.userId);
}
