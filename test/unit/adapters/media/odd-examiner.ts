/** A child program that ends itself at a picture while there is a file beside it, which it removes first where it is `.once`. */
import { existsSync, rmSync } from 'node:fs';
import { takeJobs } from '../../../../src/adapters/media/decoder/take-jobs.ts';
import type { ExamineJob } from '../../../../src/adapters/media/picture-reader.ts';

takeJobs(async ({ source }: ExamineJob) => {
  const isOnce = existsSync(`${source}.once`);
  rmSync(`${source}.once`, { force: true });
  if (isOnce || existsSync(`${source}.always`)) process.kill(process.pid, 'SIGKILL');
  return 'an answer';
});
