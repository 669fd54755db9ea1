import type { Metrics } from '../../lib/metrics/metrics.ts';

/** What is counted of one answer. */
interface Answered {
  /** Pattern of the route, as it was declared: what clients send must not name a series. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  /** Announced in Content-Length; undefined: not known. */
  readonly bytes?: number | undefined;
}

export interface HttpMetrics {
  count(answered: Answered): void;
}

/** Of requests that no route took. */
export const NO_ROUTE = 'none';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);
const DOWNLOADS = /^\/files\/|\.zip$|^\/exports\//;

/** Counts answers and how long they took until their first byte. */
export function createHttpMetrics(metrics: Metrics): HttpMetrics {
  const durations = metrics.histogram(
    'stockroom_http_request_duration_seconds',
    'Time from a request to the first byte of its answer, by route, method and class of status.',
    ['route', 'method', 'status'],
  );
  const downloads = metrics.counter(
    'stockroom_download_bytes_total',
    'Bytes that answers with files announced; a client that leaves has not got them all.',
    ['route'],
  );
  return {
    count({ route, method, status, seconds, bytes }) {
      durations.with(route, METHODS.has(method) ? method : 'other', statusClass(status)).observe(seconds);
      if (bytes !== undefined && bytes > 0 && method === 'GET' && status < 300 && DOWNLOADS.test(route)) {
        downloads.with(route).add(bytes);
      }
    },
  };
}

function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
