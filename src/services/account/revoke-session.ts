import { AppError } from '../../errors.ts';
import { requireSession } from '../access.ts';
import type { Ctx } from '../context.ts';
import { announceEnd } from './end-sessions.ts';

/**
 * Ends one of the actor's sessions, here and on every instance.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token), NOT_FOUND (also for a session of
 * somebody else)
 */
export async function revokeSession(ctx: Ctx, idHash: string): Promise<void> {
  const actor = requireSession(ctx);
  const own = await ctx.sessions.list(actor.userId);
  if (!own.some((session) => session.idHash === idHash)) throw new AppError('NOT_FOUND');
  await ctx.sessions.remove(idHash);
  await announceEnd(ctx, actor.userId);
}
