import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { Metrics } from '../../lib/metrics/metrics.ts';
import { requireAdmin } from '../../services/access.ts';
import type { Readiness } from '../../services/health/readiness.ts';
import { createCtx, type HttpEnv } from './env.ts';
import type { RestRoute } from './rest/route.ts';

export interface MetricsAccess {
  /** Who sends it as a bearer token may read. */
  readonly token: string | undefined;
  /** Whether whoever asks from this machine may read: not where a proxy on it may ask for others. */
  readonly fromLoopback: boolean;
}

interface MetricsRouteOptions extends MetricsAccess {
  readonly withSession: (c: Context<HttpEnv>, next: () => Promise<void>) => Promise<unknown>;
}

export const metricsDefinition = {
  method: 'GET',
  path: '/metrics',
  id: 'metrics',
  tag: 'Server',
  summary: 'Everything that is counted, as Prometheus reads it',
  caller: 'MONITORING',
  answers: { 200: { description: 'Text format 0.0.4.', types: ['text/plain'] } },
  errors: ['LOGIN_REQUIRED', 'PASSWORD_CHANGE_REQUIRED', 'FORBIDDEN'],
} as const satisfies RestRoute;

const LOOPBACK_PEER = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** A page that a browser on this machine shows may have a name of its own for the loopback address. */
const LOOPBACK_HOST = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i;
const FORWARDED = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/**
 * Lets pass who may read `/metrics`: who asks from this machine itself, has the token, or is an administrator.
 * @throws AppError LOGIN_REQUIRED, FORBIDDEN, TOKEN_INVALID
 */
export function metricsAccess(options: MetricsRouteOptions): MiddlewareHandler<HttpEnv> {
  const { token, fromLoopback, withSession } = options;
  return async (c, next) => {
    const given = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
    const hasToken = token !== undefined && given !== undefined && isEqual(given, token);
    if (!hasToken && !(fromLoopback && isFromLoopback(c))) {
      await withSession(c, async () => {
        const { actor } = c.get('sessionHandle');
        c.set('actor', actor);
        requireAdmin(createCtx(c, actor), 'READ');
      });
    }
    await next();
  };
}

/** Everything that is counted, as Prometheus reads it (text format 0.0.4). */
export async function metricsAnswer(metrics: Metrics, readiness: Readiness): Promise<Response> {
  // Whether the dependencies are up shall be of now.
  await readiness.report();
  return new Response(metrics.text(), {
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' },
  });
}

function isFromLoopback(c: Context<HttpEnv>): boolean {
  const peer = c.env.server.requestIP(c.req.raw)?.address ?? '';
  return (
    LOOPBACK_PEER.test(peer) &&
    LOOPBACK_HOST.test(c.req.header('host') ?? '') &&
    !FORWARDED.some((name) => c.req.header(name) !== undefined)
  );
}

/** In a time that does not tell where they differ. */
function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => new Bun.CryptoHasher('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
