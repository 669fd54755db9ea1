import { AppError, type ErrorCode, errorCatalogue } from '../../../errors.ts';

/** `ready` once, when jobs can be taken; then one answer a job. A `fault` is the server's, not the picture's. */
export type DecoderAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly reason: string }
  | { readonly type: 'fault'; readonly reason: string };

/** Whether that is what {@link takeJobs} sends: what hostile bytes have made of a process may send anything. */
export function isAnswer(message: unknown): message is DecoderAnswer {
  if (typeof message !== 'object' || message === null) return false;
  const { type, code, reason } = message as Partial<Record<'type' | 'code' | 'reason', unknown>>;
  if (type === 'ready' || type === 'done') return true;
  if (typeof reason !== 'string') return false;
  return (
    type === 'fault' ||
    (type === 'refused' && typeof code === 'string' && Object.hasOwn(errorCatalogue, code))
  );
}

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
