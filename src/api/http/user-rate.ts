import type { MiddlewareHandler } from 'hono';
import { localRateLimiter } from '../../adapters/rate-limit/rate-limiter.ts';
import { AppError } from '../../errors.ts';
import type { HttpEnv } from './env.ts';

/** Short windows: who asks too much waits for seconds, not for a minute. */
const WINDOW_SECONDS = 10;

/**
 * Bounds the requests of one user on this instance, so that a script that runs wild leaves room for the others.
 * @param perMinute 0: no limit.
 */
export function userRate(perMinute: number): MiddlewareHandler<HttpEnv> {
  if (perMinute === 0) return (_c, next) => next();
  const limiter = localRateLimiter({
    name: 'user',
    points: Math.max(1, Math.round((perMinute * WINDOW_SECONDS) / 60)),
    seconds: WINDOW_SECONDS,
  });
  return async (c, next) => {
    const userId = c.get('sessionHandle').actor?.userId;
    const retryAfter = userId === undefined ? 0 : await limiter.take(String(userId));
    if (retryAfter > 0) throw new AppError('RATE_LIMITED', { retryAfter });
    await next();
  };
}
