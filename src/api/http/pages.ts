import type { Handler } from 'hono';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Readiness } from '../../services/health/readiness.ts';
import type { HttpEnv } from './env.ts';
import type { RestRoute } from './rest/route.ts';

const JSON_TYPE = ['application/json'];

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
