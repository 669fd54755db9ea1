import type { Server } from 'bun';
import { printSchema } from 'graphql';
import { Hono } from 'hono';
import { readSendQueues } from './adapters/network/send-queues.ts';
import { schema } from './api/graphql/schema.ts';
import { createGraphQLServer } from './api/graphql/yoga.ts';
import { DownloadWatch } from './api/http/download-watch.ts';
import type { HttpEnv } from './api/http/env.ts';
import { fastFile } from './api/http/fast-file.ts';
import { filesRoute } from './api/http/files-route.ts';
import { graphqlRoute } from './api/http/graphql-route.ts';
import { login, logout } from './api/http/legacy/account-routes.ts';
import { uploadBatch, uploadTemplate } from './api/http/legacy/upload-routes.ts';
import { originCheck } from './api/http/origin-check.ts';
import { frontPage, healthz, methodNotAllowed } from './api/http/pages.ts';
import { problem } from './api/http/problem.ts';
import { requestLog } from './api/http/request-log.ts';
import { type SessionOptions, sessions } from './api/session.ts';
import { AppError } from './errors.ts';
import type { Services } from './services/context.ts';

/** Composes every way in. */
export function createApp(
  services: Services,
  session: SessionOptions,
): (request: Request, server: Server<undefined>) => Response | Promise<Response> {
  const app = new Hono<HttpEnv>();
  const withSession = sessions(session);
  const ownOrigin = originCheck(new URL(services.urls.public).origin);
  const yoga = createGraphQLServer(services.limits);

  app.use(requestLog(services));
  app.onError(problem);
  app.notFound((c) => problem(new AppError('NOT_FOUND'), c));

  app.get('/', frontPage);
  app.get('/healthz', healthz);
  app.get('/schema.graphql', (c) => c.text(printSchema(schema)));
  app.on(['GET', 'POST', 'OPTIONS'], '/graphql', ownOrigin, withSession, graphqlRoute(yoga));
  app.get('/files/*', filesRoute(new DownloadWatch({ readQueues: readSendQueues })));
  for (const path of ['/', '/healthz', '/schema.graphql', '/files/*']) app.all(path, methodNotAllowed);

  app.post('/login', ownOrigin, withSession, login);
  app.post('/logout', ownOrigin, withSession, logout);
  app.post('/malls/:mall_id{[0-9]+}/upload_batch', ownOrigin, withSession, uploadBatch);
  app.post('/:mall_id{[0-9]+}/upload_batch', ownOrigin, withSession, uploadBatch);
  app.post('/cms/template', ownOrigin, withSession, uploadTemplate);

  const fast = fastFile(services);
  return (request, server) => fast(request) ?? app.fetch(request, { server });
}
