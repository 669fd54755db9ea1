import { AppError } from '../../errors.ts';
import { requireSession } from '../access.ts';
import { recordEvents } from '../audit/record-events.ts';
import { userSubject } from '../audit/user-events.ts';
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
  const session = own.find((each) => each.idHash === idHash);
  if (!session) throw new AppError('NOT_FOUND');
  const { userId: id, username } = actor;
  const { agent, address, createdAt } = session;
  await ctx.db.transaction(async (tx) => {
    const event = userSubject('user.session-revoked', { id, username });
    await recordEvents(tx, ctx, [{ ...event, data: { session: { agent, address, createdAt } } }]);
    await ctx.sessions.remove(idHash, tx);
  });
  await announceEnd(ctx, actor.userId);
}
