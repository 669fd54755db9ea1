import { afterEach, describe, expect, test } from 'bun:test';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from '../../../../src/adapters/media/decoder/process-pool.ts';
import { until } from '../../../support/temporary.ts';
import { failure, outcome, quiet } from './fixtures.ts';
import type { OddJob } from './odd-decoder.ts';

const program = new URL('./odd-decoder.ts', import.meta.url);
const pools: ProcessPool<OddJob>[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function open(): ProcessPool<OddJob> {
  const pool = new ProcessPool<OddJob>({
    program,
    maxImagePixels: 1_000_000,
    deadlineMs: 30_000,
    idleMs: 60_000,
    log: quiet,
  });
  pools.push(pool);
  return pool;
}

const done = (result: string) => ({ type: 'done', result });
const run = (pool: ProcessPool<OddJob>, ...answers: unknown[]) =>
  outcome(pool.run<string>({ source: 'a', answers }));

describe('a child process', () => {
  test.each([
    ['nothing', null],
    ['no object', 'done'],
    ['an unknown type', { type: 'other' }],
    ['an unknown code', { type: 'refused', code: 'NONE', reason: '' }],
    ['a fault without a reason', { type: 'fault' }],
    ['that it is ready once more', { type: 'ready' }],
    ['the number of the job before', { ...done('of the first'), number: 1 }],
    ['the number of a job that is still to come', { ...done('of the next'), number: 3 }],
    ['no number', { ...done('of any'), number: undefined }],
  ])('that answers with %s is ended, and the next job has another', async (_, answer) => {
    const pool = open();
    expect(await run(pool, done('first'))).toBe('first');
    const before = pool.pids;
    expect(await run(pool, answer)).toBe('FILE_DAMAGED');
    expect(pool.pids).toEqual([]);
    expect(await run(pool, done('next'))).toBe('next');
    expect(pool.pids).not.toEqual(before);
  });

  test('that answers when it has no job is ended', async () => {
    const pool = open();
    expect(await run(pool, done('first'), done('of nobody'))).toBe('first');
    await until('it to be gone', () => pool.pids.length === 0 || undefined);
    expect(await run(pool, done('next'))).toBe('next');
  });

  test.each(['a new', 'an idle'])('ends with the job that is given up by %s one', async (which) => {
    const pool = open();
    if (which === 'an idle') await run(pool, done('first'));
    const controller = new AbortController();
    const job = failure(pool.runTwice({ source: 'a', answers: [] }, controller.signal));
    expect(pool.pids.length).toBe(1);
    controller.abort(new Error('given up'));
    expect(await job).toBe('given up');
    expect(pool.pids).toEqual([]);
    expect(await run(pool, done('next'))).toBe('next');
  });

  test.each(['a new', 'an idle'])('a job that cannot be sent to %s one fails by itself', async (which) => {
    const pool = open();
    if (which === 'an idle') await run(pool, done('first'));
    expect(await run(pool, () => 'functions cannot be sent')).toBe('SERVICE_UNAVAILABLE');
    expect(pool.pids).toEqual([]);
    expect(await run(pool, done('next'))).toBe('next');
  });

  test('that cannot be started fails its job, and not what prepares for one', async () => {
    const path = fileURLToPath(new URL('./without-files.ts', import.meta.url));
    const limited = ['sh', '-c', 'ulimit -n 64 && exec "$0" "$1"', process.execPath, path];
    const { stdout } = Bun.spawnSync(limited, { stderr: 'inherit' });
    expect(JSON.parse(String(stdout))).toEqual({
      failed: { code: 'SERVICE_UNAVAILABLE', retryAfter: 5 },
      next: 'done',
    });
  });
});
