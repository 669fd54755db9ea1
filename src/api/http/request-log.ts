import { randomUUIDv7 } from 'bun';
import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import { clientAddress } from '../../lib/client-address.ts';
import type { Services } from '../../services/context.ts';
import type { HttpEnv } from './env.ts';

interface RequestLogOptions {
  /** CIDRs whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly legacyCodes: ReadonlyMap<string, number>;
}

const REQUEST_ID = /^[\w.-]{8,64}$/;

/** Gives each request its id, in and out as X-Request-Id, and writes its one log line. */
export function requestLog(
  services: Services,
  { trustedProxies, legacyCodes }: RequestLogOptions,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const started = performance.now();
    const given = c.req.header('x-request-id');
    const requestId = given && REQUEST_ID.test(given) ? given : randomUUIDv7();
    c.set('requestId', requestId);
    c.set('services', services);
    c.set('legacyCodes', legacyCodes);
    const peer = c.env.server.requestIP(c.req.raw)?.address;
    c.set('address', clientAddress(peer, c.req.header('x-forwarded-for'), trustedProxies));
    await next();
    c.res.headers.set('X-Request-Id', requestId);
    const operation = c.get('operation');
    services.log.info(
      {
        requestId,
        method: c.req.method,
        // As it was sent: what a decoded one holds could pass for another line.
        path: URL.parse(c.req.url)?.pathname ?? c.req.path,
        ...(operation ? { operation } : {}),
        status: c.res.status,
        address: c.get('address'),
        ms: Math.round((performance.now() - started) * 10) / 10,
        ...(c.get('actor') ? { userId: c.get('actor')?.userId } : {}),
      },
      'request',
    );
  };
}

/** One name, or an address, with or without a port (RFC 9110, section 7.2). */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** Refuses a Host that is none, or more than one: proxies before the server may have taken another part of it. */
export const validHost: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (!HOST.test(c.req.header('host') ?? '') || !URL.canParse(c.req.url)) {
    throw new AppError('PARAMS_INVALID', { detail: 'The Host header is not valid.' });
  }
  await next();
};
