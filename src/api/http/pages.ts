import type { Handler } from 'hono';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Readiness } from '../../services/health/readiness.ts';
import type { HttpEnv } from './env.ts';
import type { RestRoute } from './rest/route.ts';

export interface FrontPageOptions {
  readonly graphiql: boolean;
  /** Whether the schema may be read. */
  readonly schema: boolean;
}

const JSON_TYPE = ['application/json'];

const page = ({ graphiql, schema }: FrontPageOptions): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stockroom</title>
<style>
  body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1.5rem; color: #1c2530; background: #fbfaf7 }
  h1 { font-size: 2.2rem; margin-bottom: 0 } a { color: #0b5cad } li { margin: .4rem 0 } code { background: #eeece4; padding: .1em .3em; border-radius: .2em }
  @media (prefers-color-scheme: dark) { body { color: #e6e4de; background: #16191d } a { color: #7db8f0 } code { background: #262b31 } }
</style>
<h1>Stockroom</h1>
<p>The material library is running. Front ends talk to it in GraphQL at <code>/graphql</code>.</p>
<ul>
${graphiql ? `  <li><a href="/graphql">GraphiQL</a>: try queries and read the schema's documentation</li>\n` : ''}${
  schema ? '  <li><a href="/schema.graphql">schema.graphql</a>: the schema as text</li>\n' : ''
}  <li><a href="/reference">REST reference</a>: the other routes, to be read and tried</li>
  <li><a href="/healthz">Health check</a></li>
</ul>
<p>The README that comes with the server has a five-minute tour.</p>
</html>
`;

export function frontPage(options: FrontPageOptions): Handler<HttpEnv> {
  const html = page(options);
  return (c) =>
    c.html(html, 200, {
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'X-Content-Type-Options': 'nosniff',
    });
}

export const healthzDefinition = {
  method: 'GET',
  path: '/healthz',
  id: 'healthz',
  tag: 'Server',
  summary: 'Whether the process answers',
  caller: 'EVERYBODY',
  answers: {
    200: { description: 'It does.', types: JSON_TYPE, schema: z.object({ status: z.literal('ok') }) },
  },
} as const satisfies RestRoute;

const READINESS = z.object({
  status: z.enum(['ready', 'unavailable', 'stopping']),
  dependencies: z.record(
    z.string(),
    z.object({
      state: z.enum(['up', 'down']),
      ms: z.number().min(0).describe('How long its answer took, or was waited for.'),
    }),
  ),
});

export const readyzDefinition = {
  method: 'GET',
  path: '/readyz',
  id: 'readyz',
  tag: 'Server',
  summary: 'Whether requests should come here: each dependency by name',
  caller: 'EVERYBODY',
  answers: {
    200: { description: 'They should.', types: JSON_TYPE, schema: READINESS },
    503: { description: 'A dependency is down, or the server stops.', types: JSON_TYPE, schema: READINESS },
  },
} as const satisfies RestRoute;

export const schemaDefinition = {
  method: 'GET',
  path: '/schema.graphql',
  id: 'schema',
  tag: 'Server',
  summary: 'The GraphQL schema as text',
  description: 'Only there where introspection is on.',
  caller: 'EVERYBODY',
  answers: { 200: { description: 'In the schema definition language.', types: ['text/plain'] } },
} as const satisfies RestRoute;

/** The process answers; its dependencies are not asked. */
export const healthz: Handler<HttpEnv> = (c) => c.json({ status: 'ok' });

/** Whether requests should come here: each dependency by name. 503 where one is down, and while the server stops. */
export const readyz: Handler<HttpEnv> = async (c) => {
  return await readinessAnswer(c.get('services').readiness);
};

export async function readinessAnswer(readiness: Readiness): Promise<Response> {
  const report = await readiness.report();
  const status = report.status === 'ready' ? 200 : 503;
  return Response.json(report, { status, headers: { 'Cache-Control': 'no-store' } });
}

/** For what can only be read. */
export const methodNotAllowed: Handler<HttpEnv> = () => {
  throw new AppError('METHOD_NOT_ALLOWED');
};
