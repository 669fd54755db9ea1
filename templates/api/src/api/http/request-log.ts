import type { MiddlewareHandler } from 'hono';
import type { Logger } from '../../adapters/log/create-logger.ts';

/** One line a request; its id is in the answer too. */
export function requestLog(log: Logger): MiddlewareHandler {
  return async (c, next) => {
    const requestId = crypto.randomUUID();
    const start = performance.now();
    c.header('x-request-id', requestId);
    await next();
    const ms = Math.round(performance.now() - start);
    log.info({ requestId, method: c.req.method, path: c.req.path, status: c.res.status, ms }, 'request');
  };
}
