/**
 * A child program that ends itself at a picture while there is a file beside it, which it removes first where it is `.once`.
 * While there is one that is `.wait` it does not answer a message of that picture only.
 */
import { existsSync, rmSync } from 'node:fs';
import { takeJobs } from '../../../../src/adapters/media/decoder/take-jobs.ts';
import type { HeaderJob } from '../../../../src/adapters/media/header-reader.ts';

takeJobs(async ({ source }: HeaderJob) => {
  for (const path of source) {
    const isOnce = existsSync(`${path}.once`);
    rmSync(`${path}.once`, { force: true });
    if (isOnce || existsSync(`${path}.always`)) process.kill(process.pid, 'SIGKILL');
  }
  while (source.length === 1 && existsSync(`${source[0]}.wait`)) await Bun.sleep(5);
  return source.map((path) => ({ format: path, width: source.length }));
});
