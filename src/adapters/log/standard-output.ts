import { write, writeSync } from 'node:fs';
import type { LineTarget } from './line-queue.ts';

const STDOUT = 1;

/** A pipe whose reader is stuck holds up the lines, and nothing else. */
export const standardOutput: LineTarget = {
  write: (bytes) =>
    new Promise((resolve, reject) => {
      write(STDOUT, bytes, (error, written) => (error ? reject(error) : resolve(written)));
    }),
  writeSync: (bytes) => writeSync(STDOUT, bytes),
  landed: () => undefined,
};
