/** A child program of the pool that answers a job with the messages that are in it; they get its number where they have none. */
import type { NumberedJob } from '../../../../src/adapters/media/decoder/take-jobs.ts';

export interface OddJob {
  readonly source: string;
  readonly answers: readonly unknown[];
}

process.on('message', ({ number, job }: NumberedJob<OddJob>) => {
  for (const answer of job.answers) {
    process.send?.(answer instanceof Object ? { number, ...answer } : answer);
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ type: 'ready' });
