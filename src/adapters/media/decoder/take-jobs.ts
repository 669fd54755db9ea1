import { AppError, type ErrorCode, errorCatalogue } from '../../../errors.ts';

/** What a child gets. */
export interface NumberedJob<Job> {
  /** No two jobs of a pool have the same. */
  readonly number: number;
  readonly job: Job;
}

/** `ready` once, when jobs can be taken; then one answer a job, with its number. */
export type DecoderMessage = { readonly type: 'ready' } | (JobAnswer & { readonly number: number });

/** A `fault` is the server's, not the picture's. */
export type JobAnswer =
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly reason: string }
  | { readonly type: 'fault'; readonly reason: string };

/** Whether that is what {@link takeJobs} sends: what hostile bytes have made of a process may send anything. */
export function isDecoderMessage(message: unknown): message is DecoderMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { type, number, code, reason } = message as Partial<Record<string, unknown>>;
  if (type === 'ready') return true;
  if (typeof number !== 'number') return false;
  if (type === 'done') return true;
  if (typeof reason !== 'string') return false;
  return (
    type === 'fault' ||
    (type === 'refused' && typeof code === 'string' && Object.hasOwn(errorCatalogue, code))
  );
}

/** What a child process of the pool does: it takes one job at a time and answers each, until the server ends. */
export function takeJobs<Job>(work: (job: Job) => Promise<unknown>): void {
  process.on('message', async ({ number, job }: NumberedJob<Job>) => {
    const answer = await work(job).then((result): JobAnswer => ({ type: 'done', result }), refusal);
    send({ ...answer, number });
  });
  // The server has ended, however that was.
  process.on('disconnect', () => process.exit());
  send({ type: 'ready' });
}

function send(message: DecoderMessage): void {
  process.send?.(message);
}

function refusal(error: unknown): JobAnswer {
  const reason = String(error instanceof Error ? (error.cause ?? error) : error);
  return error instanceof AppError
    ? { type: 'refused', code: error.code, reason }
    : { type: 'fault', reason };
}
