/** A program that has a job done while it can open no file, and prints what came of it and of the next one. */
import { closeSync, openSync } from 'node:fs';
import { ProcessPool } from '../../../../src/adapters/media/decoder/process-pool.ts';
import { AppError } from '../../../../src/errors.ts';
import { quiet } from './fixtures.ts';
import type { OddJob } from './odd-decoder.ts';

const program = new URL('./odd-decoder.ts', import.meta.url);
const pool = new ProcessPool<OddJob>({ program, maxImagePixels: 1e6, deadlineMs: 30_000, log: quiet });
const run = () => pool.run<string>({ source: 'a', answers: [{ type: 'done', result: 'done' }] });

const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {
  pool.prepare();
}
const error = await run().catch((reason: unknown) => reason);
for (const file of held) closeSync(file);
const failed = error instanceof AppError ? { code: error.code, retryAfter: error.retryAfter } : String(error);
console.log(JSON.stringify({ failed, next: await run() }));
await pool.close();
