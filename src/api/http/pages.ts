import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import type { Readiness } from '../../services/health/readiness.ts';
import type { HttpEnv } from './env.ts';

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
