import { metricsAnswer } from './api/http/metrics-route.ts';
import { readinessAnswer } from './api/http/pages.ts';
import type { Services } from './services/context.ts';

/**
 * Listens for `GET /metrics` and `/readyz` alone, of whoever reaches this address, until the process ends.
 * @throws Error when it cannot be listened on.
 */
export function startMetricsServer(
  { host, port }: { readonly host: string; readonly port: number },
  { metrics, readiness }: Pick<Services, 'metrics' | 'readiness'>,
): Bun.Server<undefined> {
  const answers: Readonly<Record<string, () => Promise<Response>>> = {
    '/readyz': () => readinessAnswer(readiness),
    ...(metrics ? { '/metrics': () => metricsAnswer(metrics, readiness) } : {}),
  };
  return Bun.serve({
    hostname: host,
    port,
    reusePort: false,
    development: false,
    maxRequestBodySize: 0,
    fetch: async ({ method, url }) => {
      const path = URL.parse(url)?.pathname ?? '';
      const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
      if (!answer) return new Response('Not found\n', { status: 404 });
      if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 405 });
      return await answer();
    },
  });
}
