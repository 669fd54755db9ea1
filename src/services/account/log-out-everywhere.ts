import { AppError } from '../../errors.ts';
import { recordEvents } from '../audit/record-events.ts';
import { userSubject } from '../audit/user-events.ts';
import type { Ctx } from '../context.ts';
import { announceEnd } from './end-sessions.ts';

/**
 * Ends every session of the actor; API tokens stay.
 * @throws AppError LOGIN_REQUIRED, FORBIDDEN (an API token)
 */
export async function logOutEverywhere(ctx: Ctx): Promise<void> {
  const { actor } = ctx;
  if (!actor) throw new AppError('LOGIN_REQUIRED');
  if (actor.token)
    throw new AppError('FORBIDDEN', {
      detail: { en: 'This needs a session, not an API token.', zh: '需要登录会话，不能使用 API 令牌' },
    });
  const { userId: id, username } = actor;
  await ctx.db.transaction(async (tx) => {
    await recordEvents(tx, ctx, [userSubject('user.logged-out-everywhere', { id, username })]);
    await ctx.sessions.removeAll(id, tx);
  });
  await announceEnd(ctx, actor.userId);
}
