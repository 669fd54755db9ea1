import { randomUUIDv7 } from 'bun';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from '../../lib/logger.ts';
import type { Services } from '../../services/context.ts';
import type { HttpEnv } from './env.ts';

const REQUEST_ID = /^[\w.-]{8,64}$/;

/** Gives each request its id, in and out as X-Request-Id, and writes its one log line. */
export function requestLog(services: Services): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const started = performance.now();
    const requestId = requestIdOf(c.req.raw);
    c.set('requestId', requestId);
    c.set('services', services);
    await next();
    c.res.headers.set('X-Request-Id', requestId);
    // Bun sends it with a body only (RFC 9110, section 6.6.1).
    if (c.req.method === 'HEAD') c.res.headers.set('Date', new Date().toUTCString());
    const operation = c.get('operation');
    logRequest(services.log, started, {
      requestId,
      method: c.req.method,
      // As it was sent: what a decoded one holds could pass for another line.
      path: new URL(c.req.url).pathname,
      ...(operation ? { operation } : {}),
      status: c.res.status,
      ...(c.get('actor') ? { userId: c.get('actor')?.userId } : {}),
    });
  };
}

/** The client's own id where it is one, else a new one. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id');
  return given && REQUEST_ID.test(given) ? given : randomUUIDv7();
}

/** @param started of `performance.now()`. */
export function logRequest(
  log: Logger,
  started: number,
  fields: {
    readonly requestId: string;
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly operation?: string;
    readonly userId?: number | undefined;
  },
): void {
  log.info({ ...fields, ms: Math.round((performance.now() - started) * 10) / 10 }, 'request');
}
