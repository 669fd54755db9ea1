import { AppError } from '../../errors.ts';
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
  await ctx.sessions.removeAll(actor.userId);
  await announceEnd(ctx, actor.userId);
}
