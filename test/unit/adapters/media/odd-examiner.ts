/** A child program that ends itself at a picture while there is a file beside it, which it removes first where it is `.once`. */
import { existsSync, rmSync } from 'node:fs';
import { takeJobs } from '../../../../src/adapters/media/decoder/take-jobs.ts';
import type { HeaderJob } from '../../../../src/adapters/media/header-reader.ts';

takeJobs(async ({ source }: HeaderJob) => {
  for (const path of source) {
    const isOnce = existsSync(`${path}.once`);
    rmSync(`${path}.once`, { force: true });
    if (isOnce || existsSync(`${path}.always`)) process.kill(process.pid, 'SIGKILL');
  }
  return source.map((path) => ({ format: path, width: source.length }));
});
