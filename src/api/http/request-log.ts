import { randomUUIDv7, type Server } from 'bun';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { AppError } from '../../errors.ts';
import { clientAddress } from '../../lib/client-address.ts';
import type { RequestLine } from '../../lib/logger.ts';
import type { Services } from '../../services/context.ts';
import { bodyBytes } from '../request-body.ts';
import type { HttpEnv } from './env.ts';
import { type HttpMetrics, NO_ROUTE } from './http-metrics.ts';
import { noteRoute } from './traced-requests.ts';

export type LogRequest = (line: RequestLine) => void;

interface RequestLogOptions {
  /** CIDRs whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly legacyCodes: ReadonlyMap<string, number>;
  readonly logRequest: LogRequest;
  readonly httpMetrics: HttpMetrics | undefined;
}

/** Letters of UUIDs, of Base64 and of the ids that proxies make. */
const REQUEST_ID = /^[\w.:+/=@~-]{1,128}$/;
const MAX_PATH_CHARACTERS = 500;
export const FILES_ROUTE = '/files/*';

/** Gives each request its id, in and out as X-Request-Id, and writes its one log line. */
export function requestLog(
  services: Services,
  { trustedProxies, legacyCodes, logRequest, httpMetrics }: RequestLogOptions,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const started = performance.now();
    const requestId = requestIdOf(c.req.raw);
    c.set('requestId', requestId);
    c.set('services', services);
    c.set('legacyCodes', legacyCodes);
    c.set('address', addressOf(c.req.raw, c.env.server, trustedProxies));
    await next();
    c.res.headers.set('X-Request-Id', requestId);
    // Bun sends it with a body only (RFC 9110, section 6.6.1).
    if (c.req.method === 'HEAD') c.res.headers.set('Date', new Date().toUTCString());
    const { tracer } = services;
    const route = routeOf(c);
    if (tracer) noteRoute(tracer, c.req.method, route);
    httpMetrics?.count({
      route,
      method: c.req.method,
      status: c.res.status,
      seconds: (performance.now() - started) / 1000,
      bytes: Number(c.res.headers.get('content-length') ?? 0),
    });
    const operation = c.get('operation');
    const bytesIn = bodyBytes(c.req.raw);
    const bytesOut = c.get('bytesOut') ?? lengthOf(c.res.headers);
    const userId = c.get('actor')?.userId;
    logRequest({
      requestId,
      method: c.req.method,
      route,
      path: shownPath(c.req.url, c.req.path),
      ...(operation === undefined ? {} : { operation }),
      status: c.res.status,
      ms: since(started),
      ...(bytesIn === undefined ? {} : { bytesIn }),
      ...(bytesOut === undefined || c.req.method === 'HEAD' ? {} : { bytesOut }),
      ...(userId === undefined ? {} : { userId }),
      address: c.get('address'),
    });
  };
}

/**
 * Passes on one of `every` lines of files that were sent, and all others.
 * @param every 1: all.
 */
export function sampleFiles(logRequest: LogRequest, every: number): LogRequest {
  if (every === 1) return logRequest;
  let count = 0;
  return (line) => {
    if (line.route === FILES_ROUTE && line.status < 400 && count++ % every !== 0) return;
    logRequest(line);
  };
}

/** Pattern of the route that took the request; those of all paths are middleware. */
function routeOf(c: Context<HttpEnv>): string {
  return matchedRoutes(c).findLast(({ path }) => path !== '/*')?.path ?? NO_ROUTE;
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

/** Address of the client; proxies that are trusted may name it. */
export function addressOf(
  request: Request,
  server: Server<undefined>,
  trustedProxies: readonly string[],
): string {
  const peer = server.requestIP(request)?.address;
  return clientAddress(peer, request.headers.get('x-forwarded-for'), trustedProxies);
}

/** The client's own id where it is one, else a new one. It is a label, so it need not come from a proxy. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id');
  return given && REQUEST_ID.test(given) ? given : randomUUIDv7();
}

/** @param started of `performance.now()`. @returns ms, to a tenth. */
export function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}

/** As it was sent: what a decoded one holds could pass for another line. Its query may hold secrets. */
function shownPath(url: string, fallback: string): string {
  return (URL.parse(url)?.pathname ?? fallback).slice(0, MAX_PATH_CHARACTERS);
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length === null ? undefined : Number(length);
}
