import type { Handler } from 'hono';
import { z } from 'zod';
import { evaluateConditions } from '../../lib/http-conditions.ts';
import type { Services } from '../../services/context.ts';
import { ANY_ORIGIN } from './cors.ts';
import type { HttpEnv } from './env.ts';
import type { RestRoutes } from './rest/rest-routes.ts';
import type { RestRoute } from './rest/route.ts';

const packageFile = new URL('../../../package.json', import.meta.url);
/** Of `If-Modified-Since`: nobody knows since when it is as it is. */
const NEVER = Number.POSITIVE_INFINITY;

interface Made {
  readonly text: string;
  /** With its quotes. */
  readonly etag: string;
}

export const openapiDefinition = {
  method: 'GET',
  path: '/openapi.json',
  id: 'openapi',
  tag: 'Server',
  summary: 'This document',
  caller: 'EVERYBODY',
  headers: { 'If-None-Match': 'The `ETag` that is there already.' },
  answers: {
    200: {
      description: 'OpenAPI 3.1.',
      types: ['application/json'],
      schema: z.object({ openapi: z.string() }),
      headers: { ETag: 'A strong one.' },
    },
    304: { description: 'The client has it already.' },
  },
} as const satisfies RestRoute;

/** `GET` and `HEAD /openapi.json`: made when it is first asked for, since few servers are. */
export function openapiRoute(
  rest: RestRoutes,
  { limits }: Pick<Services, 'limits'>,
  { cookieName }: { readonly cookieName: string },
): Handler<HttpEnv> {
  let made: Promise<Made> | undefined;
  const make = async (): Promise<Made> => {
    const { buildDocument } = await import('./rest/document.ts');
    const { version } = (await Bun.file(packageFile).json()) as { version: string };
    const text = JSON.stringify(await buildDocument(rest.all, { limits, cookieName, version }));
    return { text, etag: `"${new Bun.CryptoHasher('sha256').update(text).digest('hex')}"` };
  };
  return async (c) => {
    made ??= make();
    const { text, etag } = await made.catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    const headers = {
      ...ANY_ORIGIN,
      ETag: etag,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    };
    const { method, raw } = c.req;
    if (evaluateConditions(method, raw.headers, { etag, lastModified: NEVER }) === 'not-modified') {
      return new Response(null, { status: 304, headers });
    }
    const length = String(Buffer.byteLength(text));
    return new Response(method === 'HEAD' ? null : text, {
      headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': length },
    });
  };
}
