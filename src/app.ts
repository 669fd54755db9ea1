import type { Server } from 'bun';
import { printSchema } from 'graphql';
import { type Context, Hono } from 'hono';
import { readSendQueues } from './adapters/network/send-queues.ts';
import { schema } from './api/graphql/schema.ts';
import { createGraphQLServer, type GraphQLOptions } from './api/graphql/yoga.ts';
import { anyOrigin, corsFor } from './api/http/cors.ts';
import { answerWithin } from './api/http/deadline.ts';
import { DownloadWatch } from './api/http/download-watch.ts';
import type { HttpEnv } from './api/http/env.ts';
import { exportJobRoute } from './api/http/export-job-route.ts';
import { exportLinkRoute, exportsRoute } from './api/http/exports-route.ts';
import { fastFile } from './api/http/fast-file.ts';
import { filesRoute } from './api/http/files-route.ts';
import { graphqlRoute } from './api/http/graphql-route.ts';
import { loginRoute, logoutRoute } from './api/http/legacy/account-routes.ts';
import { failure, legacyErrors } from './api/http/legacy/envelope.ts';
import { legacyReportRoute } from './api/http/legacy/report-route.ts';
import { uploadBatch, uploadTemplate } from './api/http/legacy/upload-routes.ts';
import { originCheck } from './api/http/origin-check.ts';
import { frontPage, healthz, methodNotAllowed } from './api/http/pages.ts';
import { problem } from './api/http/problem.ts';
import { ReadyVariants } from './api/http/ready-variants.ts';
import { requestLog, validHost } from './api/http/request-log.ts';
import { userRate } from './api/http/user-rate.ts';
import { zipRoute } from './api/http/zip-route.ts';
import { type SessionOptions, sessions } from './api/session.ts';
import { AppError } from './errors.ts';
import type { Services } from './services/context.ts';

export interface AppOptions {
  readonly session: SessionOptions;
  readonly graphql: GraphQLOptions;
  /** Whether `PUBLIC_URL` was set; else browsers may reach this server under any of its names. */
  readonly isPublicUrlKnown: boolean;
  readonly corsOrigins: readonly string[];
  /** CIDRs. */
  readonly trustedProxies: readonly string[];
  /** Of one user, on this instance; 0: no limit. */
  readonly userRequestsPerMinute: number;
  /** Numbers that the legacy envelope has for error codes, and for `OK`, instead of the catalogue's. */
  readonly legacyCodes: ReadonlyMap<string, number>;
}

/** Composes every way in: what is asked for most goes past the middleware. */
export function createApp(
  services: Services,
  options: AppOptions,
): (request: Request, server: Server<undefined>) => Response | Promise<Response> {
  const variants = new ReadyVariants();
  const routes = createRoutes(services, options, variants);
  const fast = fastFile(services, { ...options, variants });
  return (request, server) => fast(request, server) ?? routes.fetch(request, { server });
}

/** Every route, with its middleware. */
export function createRoutes(
  services: Services,
  options: AppOptions,
  variants = new ReadyVariants(),
): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const cors = corsFor(options.corsOrigins);
  const ownOrigin = originCheck({
    publicOrigin: new URL(services.urls.public).origin,
    anyOwnName: !options.isPublicUrlKnown,
    corsOrigins: options.corsOrigins,
  });
  const withSession = sessions(options.session);
  const perUser = userRate(options.userRequestsPerMinute);
  const api = [cors, ownOrigin, answerWithin(), withSession, perUser] as const;
  /** For answers that may take longer, and have a deadline of their own. */
  const slowApi = [cors, ownOrigin, withSession, perUser] as const;
  const yoga = createGraphQLServer(services.limits, options.graphql);

  app.use(requestLog(services, options), validHost);
  app.onError((error, c) => (c.get('isLegacy') ? failure(error, c) : problem(error, c)));
  app.notFound((c) => problem(new AppError('NOT_FOUND'), c));

  const { graphiql, introspection, documents } = options.graphql;
  app.get('/', frontPage({ graphiql: graphiql && !documents, schema: introspection }));
  app.get('/healthz', healthz);
  if (introspection) app.get('/schema.graphql', (c) => c.text(printSchema(schema)));
  app.on(['GET', 'POST', 'OPTIONS'], '/graphql', ...api, graphqlRoute(yoga));
  app.use('/files/*', anyOrigin);
  const watch = new DownloadWatch({ readQueues: readSendQueues });
  app.get(
    '/files/*',
    filesRoute({ watch, variants, withSession: (c, next) => withSession(c as Context, next) }),
  );
  const zip = '/malls/:mallId{[0-9]+}/materials.zip';
  app.options(zip, cors);
  app.get(zip, ...api, zipRoute(watch));
  const exportJob = '/exports/jobs/:id';
  app.options(exportJob, cors);
  app.get(exportJob, ...api, exportJobRoute(watch));
  const exports = '/exports/:file';
  app.options(exports, cors);
  app.get(exports, exportLinkRoute(watch), ...slowApi, exportsRoute(watch));
  const readOnly = [
    '/',
    '/healthz',
    ...(introspection ? ['/schema.graphql'] : []),
    '/files/*',
    zip,
    exportJob,
    exports,
  ];
  for (const path of readOnly) app.all(path, methodNotAllowed);

  const legacy = [legacyErrors, ...api] as const;
  const posted = ['/login', '/logout', '/cms/template', '/report/export', '/malls/*'];
  for (const path of [...posted, '/:mall_id{[0-9]+}/upload_batch']) {
    app.options(path, cors);
  }
  app.post('/login', ...legacy, loginRoute);
  app.post('/logout', ...legacy, logoutRoute);
  app.post('/malls/:mall_id{[0-9]+}/upload_batch', ...legacy, uploadBatch);
  app.post('/:mall_id{[0-9]+}/upload_batch', ...legacy, uploadBatch);
  app.post('/cms/template', ...legacy, uploadTemplate);
  app.post('/report/export', legacyErrors, ...slowApi, legacyReportRoute(watch));
  return app;
}
