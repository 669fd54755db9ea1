import { AppError, type ErrorCode } from '../../../errors.ts';

/** `ready` once, when jobs can be taken; then one answer a job. A `fault` is the server's, not the picture's. */
export type DecoderAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly reason: string }
  | { readonly type: 'fault'; readonly reason: string };

/** What a child process of the pool does: it takes one job at a time and answers each, until the server ends. */
export function takeJobs<Job>(work: (job: Job) => Promise<unknown>): void {
  process.on('message', (job: Job) => {
    work(job).then((result) => send({ type: 'done', result }), refuse);
  });
  // The server has ended, however that was.
  process.on('disconnect', () => process.exit());
  send({ type: 'ready' });
}

function send(answer: DecoderAnswer): void {
  process.send?.(answer);
}

function refuse(error: unknown): void {
  const reason = String(error instanceof Error ? (error.cause ?? error) : error);
  send(error instanceof AppError ? { type: 'refused', code: error.code, reason } : { type: 'fault', reason });
}
