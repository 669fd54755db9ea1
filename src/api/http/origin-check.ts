import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import type { HttpEnv } from './env.ts';

/**
 * Refuses requests with a body that a browser sent for a page of another origin (RFC 6454; Fetch, section "Origin
 * header"). Other clients send no Origin.
 * @param publicOrigin origin under which browsers reach this server.
 */
export function originCheck(publicOrigin: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const origin = c.req.header('origin');
    const crossSite = c.req.header('sec-fetch-site') === 'cross-site' && c.req.method !== 'GET';
    const isOwn =
      origin === undefined ||
      origin === publicOrigin ||
      (URL.canParse(origin) && new URL(origin).host === c.req.header('host'));
    if (!isOwn || (crossSite && origin === undefined)) throw new AppError('ORIGIN_NOT_ALLOWED');
    await next();
  };
}
