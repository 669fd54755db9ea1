import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import { type HttpEnv, withoutIdleTimeout } from './env.ts';

/** A request that moves no files has its answer long before this, unless the database hangs. */
const ANSWER_MS = 10_000;
const TAKES_ITS_TIME = /multipart\/|text\/event-stream/;

/**
 * 503 for a request that waits too long: a database that hangs neither answers nor breaks the connection. What was
 * asked of it still runs when it goes on. Uploads and subscriptions have watches of their own; who has to wait for
 * servers elsewhere asks for more time (`allowTime`).
 */
export function answerWithin(ms = ANSWER_MS): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const kinds = `${c.req.header('content-type')} ${c.req.header('accept')}`;
    if (TAKES_ITS_TIME.test(kinds)) return await next();
    const late = Promise.withResolvers<never>();
    const refuse = () => late.reject(new AppError('SERVICE_UNAVAILABLE', { retryAfter: 5 }));
    let timer = setTimeout(refuse, ms);
    c.set('allowTime', (longer) => {
      clearTimeout(timer);
      timer = setTimeout(refuse, longer);
      withoutIdleTimeout(c);
    });
    try {
      await Promise.race([next(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
