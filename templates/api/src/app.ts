import { Hono } from 'hono';
import { createGraphQLServer } from './api/graphql/yoga.ts';
import { exportRoute } from './api/http/export-route.ts';
import { fileRoute } from './api/http/file-route.ts';
import { requestLog } from './api/http/request-log.ts';
import { type ApiEnv, withSession } from './api/session.ts';
import { AppError, toAppError } from './errors.ts';
import type { Services } from './services/context.ts';

/** Composes every way in. */
export function createApp(services: Services, options: { readonly sessionTtlSeconds: number }): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const yoga = createGraphQLServer(services);
  const session = withSession(services, options.sessionTtlSeconds);

  app.use(requestLog(services.log));
  app.notFound(() => {
    throw new AppError('NOT_FOUND');
  });
  app.onError((error, c) => {
    const { code, status, message } = toAppError(error);
    if (code === 'INTERNAL_ERROR') services.log.error({ err: error }, 'a request failed');
    // RFC 9457.
    return Response.json(
      { title: message, status, code },
      {
        status,
        headers: {
          'content-type': 'application/problem+json',
          'x-request-id': c.res.headers.get('x-request-id') ?? '',
        },
      },
    );
  });

  app.get('/healthz', (c) => c.text('ok'));
  app.post('/graphql', session, async (c) => {
    const isJson = /^application\/(graphql-response\+)?json\b/i.test(c.req.header('content-type') ?? '');
    // A form of a foreign page can send neither JSON nor this header.
    if (!isJson && !c.req.header('x-graphql-yoga-csrf')) throw new AppError('CSRF_HEADER_MISSING');
    const answer = await yoga.fetch(c.req.raw, { ctx: c.get('ctx'), session: c.get('session') });
    return c.newResponse(answer.body, answer);
  });
  app.get('/files/:id', session, fileRoute);
  app.get('/exports/files.xlsx', session, exportRoute);
  return app;
}
