/** A child program of the pool that answers a job with the messages that are in it. */
export interface OddJob {
  readonly source: string;
  readonly answers: readonly unknown[];
}

process.on('message', ({ answers }: OddJob) => {
  for (const answer of answers) process.send?.(answer);
});
process.on('disconnect', () => process.exit());
process.send?.({ type: 'ready' });
