import { createRoutes } from '../../src/app.ts';
import { Metrics } from '../../src/lib/metrics/metrics.ts';
import type { Services } from '../../src/services/context.ts';

/** Every route that the server mounts where nothing is switched off, such as `GET /files/*`. */
export function routeNames(): string[] {
  const limits = { fileBytes: 1, requestBytes: 1, imagePixels: 1, filesPerRequest: 1 };
  const urls = { public: 'http://127.0.0.1', files: '' };
  const services = { limits, urls, metrics: new Metrics() } as unknown as Services;
  const app = createRoutes(services, {
    session: { cookieName: 'a', secure: false, sameSite: 'lax', maxSeconds: 60 },
    graphql: { graphiql: true, introspection: true, documents: undefined },
    isPublicUrlKnown: true,
    corsOrigins: [],
    trustedProxies: [],
    userRequestsPerMinute: 0,
    logRequest() {},
    logFilesSample: 1,
    legacyCodes: new Map(),
    metricsAccess: { token: undefined, fromLoopback: true },
  });
  const routes = app.routes.filter(({ method }) => method === 'GET' || method === 'POST');
  return [...new Set(routes.map(({ method, path }) => `${method} ${path}`))];
}
