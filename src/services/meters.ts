import { AppError } from '../errors.ts';
import type { Counter, Family, Gauge, Histogram } from '../lib/metrics/instruments.ts';
import type { Metrics } from '../lib/metrics/metrics.ts';

/** What the services count while they work. */
export interface Meters {
  /** By kind of medium, `unknown` where it was refused before, and outcome: `stored`, or an error's code. */
  readonly uploadedFiles: Family<Counter>;
  /** Of files that were stored, by kind. */
  readonly uploadedBytes: Family<Counter>;
  readonly uploadsRunning: Gauge;
  /** By outcome: `done`, or an error's code. Seconds, with the wait for a decoder. */
  readonly decodeSeconds: Family<Histogram>;
  /** Seconds until the store of sessions told who asks. */
  readonly sessionSeconds: Histogram;
}

/** What became of a piece of work, for a label: an error's code, or `done`. */
export function outcomeOf(error: unknown, done = 'done'): string {
  if (error === undefined) return done;
  return error instanceof AppError ? error.code : 'INTERNAL_ERROR';
}

export function createMeters(metrics: Metrics): Meters {
  return {
    uploadedFiles: metrics.counter(
      'stockroom_upload_files_total',
      'Files that came, by kind of medium and by what became of them: stored, or the code of the error.',
      ['kind', 'outcome'],
    ),
    uploadedBytes: metrics.counter('stockroom_upload_bytes_total', 'Bytes of files that were stored.', [
      'kind',
    ]),
    uploadsRunning: metrics.gauge('stockroom_uploads_running', 'Upload requests that run now.').with(),
    decodeSeconds: metrics.histogram(
      'stockroom_decode_seconds',
      'Time to make a variant of a picture or film, with the wait for a decoder.',
      ['outcome'],
    ),
    sessionSeconds: metrics
      .histogram('stockroom_session_read_seconds', 'Time that the store of sessions took to tell who asks.')
      .with(),
  };
}
