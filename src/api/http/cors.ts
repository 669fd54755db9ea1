import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HttpEnv } from './env.ts';

const HOUR_SECONDS = 3600;

/**
 * Lets front ends of exactly these origins use the API with their cookies (Fetch, section "CORS protocol"). Nothing is
 * added for others, nor where there are none.
 */
export function corsFor(origins: readonly string[]): MiddlewareHandler<HttpEnv> {
  if (origins.length === 0) return (_c, next) => next();
  const allowed = new Set(origins);
  const allow = cors({
    origin: [...origins],
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST'],
    allowHeaders: [
      'Accept-Language',
      'Apollo-Require-Preflight',
      'Authorization',
      'Content-Type',
      'GraphQL-Require-Preflight',
      'X-GraphQL-Cost',
      'X-GraphQL-Yoga-CSRF',
      'X-Request-Id',
    ],
    exposeHeaders: ['Content-Disposition', 'Retry-After', 'X-Request-Id'],
    maxAge: HOUR_SECONDS,
  });
  return async (c, next) => {
    if (allowed.has(c.req.header('origin') ?? '')) return await allow(c, next);
    await next();
    c.header('Vary', 'Origin', { append: true });
  };
}

/** Lets pages of any origin read bytes, for example into a canvas; never with cookies. */
export const ANY_ORIGIN = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Accept-Ranges, Content-Range, ETag, X-Request-Id',
} as const;

/** The same for errors on the way to the bytes. */
export const anyOrigin: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(ANY_ORIGIN)) c.header(name, value);
};
