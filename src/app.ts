import type { Server } from 'bun';
import { printSchema } from 'graphql';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { readSendQueues } from './adapters/network/send-queues.ts';
import { schema } from './api/graphql/schema.ts';
import { createGraphQLServer, type GraphQLOptions } from './api/graphql/yoga.ts';
import { CONSOLE_ASSETS, CONSOLE_PAGES, consoleRoutes } from './api/http/console-routes.ts';
import { anyOrigin, corsFor } from './api/http/cors.ts';
import { answerWithin } from './api/http/deadline.ts';
import { DownloadWatch } from './api/http/download-watch.ts';
import type { HttpEnv } from './api/http/env.ts';
import { exportDefinition } from './api/http/export-definition.ts';
import { exportJobDefinition, exportJobRoute } from './api/http/export-job-route.ts';
import { exportLinkRoute, exportsRoute } from './api/http/exports-route.ts';
import { fastFile } from './api/http/fast-file.ts';
import { fileDefinition } from './api/http/file-definition.ts';
import { filesRoute } from './api/http/files-route.ts';
import { graphqlRoute } from './api/http/graphql-route.ts';
import { createHttpMetrics, type HttpMetrics } from './api/http/http-metrics.ts';
import { lateProblem } from './api/http/late-problem.ts';
import {
  loginDefinition,
  loginRoute,
  logoutDefinition,
  logoutRoute,
} from './api/http/legacy/account-routes.ts';
import { avatarDefinition, avatarRoute } from './api/http/legacy/avatar-route.ts';
import { failure, legacyErrors } from './api/http/legacy/envelope.ts';
import { legacyReportDefinition, legacyReportRoute } from './api/http/legacy/report-route.ts';
import {
  shortUploadBatchDefinition,
  uploadBatch,
  uploadBatchDefinition,
  uploadTemplate,
  uploadTemplateDefinition,
} from './api/http/legacy/upload-routes.ts';
import {
  type MetricsAccess,
  metricsAccess,
  metricsAnswer,
  metricsDefinition,
} from './api/http/metrics-route.ts';
import { openapiDefinition, openapiRoute } from './api/http/openapi-route.ts';
import { originCheck } from './api/http/origin-check.ts';
import {
  healthz,
  healthzDefinition,
  methodNotAllowed,
  readyz,
  readyzDefinition,
  schemaDefinition,
} from './api/http/pages.ts';
import { problem } from './api/http/problem.ts';
import { qrDefinition, qrRoute } from './api/http/qr-route.ts';
import { ReadyVariants } from './api/http/ready-variants.ts';
import { referenceFile, referencePage } from './api/http/reference-route.ts';
import { type LogRequest, requestLog, sampleFiles, validHost } from './api/http/request-log.ts';
import { RestRoutes } from './api/http/rest/rest-routes.ts';
import { tracedRequests } from './api/http/traced-requests.ts';
import { userRate } from './api/http/user-rate.ts';
import { zipDefinition, zipRoute } from './api/http/zip-route.ts';
import { type SessionOptions, sessions } from './api/session.ts';
import { AppError } from './errors.ts';
import type { Services } from './services/context.ts';

export { lateProblem };

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
  /** Writes the one line of a request. */
  readonly logRequest: LogRequest;
  /** Of so many requests for files that went well, one has its line. */
  readonly logFilesSample: number;
  /** Numbers that the legacy envelope has for error codes, and for `OK`, instead of the catalogue's. */
  readonly legacyCodes: ReadonlyMap<string, number>;
  /** Who may read `/metrics`; undefined: it is not on this port. */
  readonly metricsAccess: MetricsAccess | undefined;
}

/** What the route of files and the way past the middleware share. */
interface Common {
  readonly variants: ReadyVariants;
  readonly httpMetrics: HttpMetrics | undefined;
}

/** Composes every way in: what is asked for most goes past the middleware. */
export function createApp(
  services: Services,
  given: AppOptions,
): (request: Request, server: Server<undefined>) => Response | Promise<Response> {
  const logRequest = sampleFiles(traced(given.logRequest, services), given.logFilesSample);
  const options = { ...given, logRequest };
  const common = createCommon(services);
  const routes = createRoutes(services, options, common);
  const fast = fastFile(services, { ...options, ...common });
  const answer = (request: Request, server: Server<undefined>) =>
    fast(request, server) ?? routes.fetch(request, { server });
  const { tracer } = services;
  return tracer ? tracedRequests(answer, tracer) : answer;
}

/** The id of a trace goes into the line of its request. */
function traced(logRequest: LogRequest, { tracer }: Services): LogRequest {
  if (!tracer) return logRequest;
  return (line) => {
    const { traceId } = tracer;
    logRequest(traceId === undefined ? line : { ...line, traceId });
  };
}

/** Every route, with its middleware. */
export function createRoutes(
  services: Services,
  options: AppOptions,
  { variants, httpMetrics }: Common = createCommon(services),
): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const cors = corsFor(options.corsOrigins);
  const ownOrigin = originCheck({
    publicOrigin: new URL(services.urls.public).origin,
    anyOwnName: !options.isPublicUrlKnown,
    corsOrigins: options.corsOrigins,
  });
  const sessionOf = sessions(options.session);
  const withSession: MiddlewareHandler<HttpEnv> = (c, next) => sessionOf(c as Context, next);
  const perUser = userRate(options.userRequestsPerMinute);
  const api = [cors, ownOrigin, answerWithin(), withSession, perUser] as const;
  const { graphiql, introspection, documents } = options.graphql;
  const console = consoleRoutes({ graphiql: graphiql && !documents });
  const yoga = createGraphQLServer(services.limits, {
    ...options.graphql,
    isSentHere: console.sends,
    metrics: services.metrics,
    tracer: services.tracer,
  });
  /** For answers that may take longer, and have a deadline of their own. */
  const slowApi = [cors, ownOrigin, withSession, perUser] as const;

  app.use(requestLog(services, { ...options, httpMetrics }), validHost);
  app.onError((error, c) => (c.get('isLegacy') ? failure(error, c) : problem(error, c)));
  app.notFound((c) => problem(new AppError('NOT_FOUND'), c));

  for (const path of CONSOLE_PAGES) app.get(path, console.page);
  app.get(CONSOLE_ASSETS, console.asset);
  const rest = new RestRoutes(app);
  rest.add(healthzDefinition, healthz);
  rest.add(readyzDefinition, readyz);
  const { metrics, readiness } = services;
  if (metrics && options.metricsAccess) {
    const access = metricsAccess({ ...options.metricsAccess, withSession });
    rest.add(metricsDefinition, access, () => metricsAnswer(metrics, readiness));
  }
  if (introspection) rest.add(schemaDefinition, (c) => c.text(printSchema(schema)));
  app.on(['GET', 'POST', 'OPTIONS'], '/graphql', ...api, graphqlRoute(yoga));
  app.use('/files/*', anyOrigin);
  const watch = new DownloadWatch({ readQueues: readSendQueues });
  rest.add(fileDefinition, filesRoute({ watch, variants, withSession }));
  const zip = '/malls/:mallId{[0-9]+}/materials.zip';
  for (const path of [zip, '/qr.svg', '/qr.png', '/exports/jobs/:id', '/exports/:file']) {
    app.options(path, cors);
  }
  rest.add(zipDefinition, ...api, zipRoute(watch));
  for (const format of ['svg', 'png'] as const) rest.add(qrDefinition(format), ...api, qrRoute(format));
  rest.add(exportJobDefinition, ...api, exportJobRoute(watch));
  rest.add(exportDefinition, exportLinkRoute(watch), ...slowApi, exportsRoute(watch));

  const legacy = [legacyErrors, ...api] as const;
  const posted = ['/login', '/logout', '/avatar', '/cms/template', '/report/export', '/malls/*'];
  for (const path of [...posted, '/:mall_id{[0-9]+}/upload_batch']) {
    app.options(path, cors);
  }
  rest.add(loginDefinition, ...legacy, loginRoute);
  rest.add(logoutDefinition, ...legacy, logoutRoute);
  rest.add(avatarDefinition, ...legacy, avatarRoute);
  rest.add(uploadBatchDefinition, ...legacy, uploadBatch);
  rest.add(shortUploadBatchDefinition, ...legacy, uploadBatch);
  rest.add(uploadTemplateDefinition, ...legacy, uploadTemplate);
  rest.add(legacyReportDefinition, legacyErrors, ...slowApi, legacyReportRoute(watch));
  rest.add(openapiDefinition, openapiRoute(rest, services, options.session));
  app.get('/reference', referencePage);
  app.get('/reference/:file', referenceFile);
  rest.refuseOtherMethods();
  for (const path of [...CONSOLE_PAGES, CONSOLE_ASSETS, '/reference', '/reference/:file']) {
    app.all(path, methodNotAllowed);
  }
  return app;
}

function createCommon({ metrics }: Services): Common {
  return { variants: new ReadyVariants(), httpMetrics: metrics && createHttpMetrics(metrics) };
}
