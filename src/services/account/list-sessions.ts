import type { SessionSummary } from '../../adapters/session/session-backend.ts';
import { requireSession } from '../access.ts';
import type { Ctx } from '../context.ts';

/**
 * The actor's sessions that have not ended, newest first.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token)
 */
export async function listSessions(ctx: Ctx): Promise<SessionSummary[]> {
  const actor = requireSession(ctx);
  return await ctx.sessions.list(actor.userId);
}
