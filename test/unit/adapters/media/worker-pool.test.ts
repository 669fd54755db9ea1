import { afterEach, describe, expect, test } from 'bun:test';
import {
  createWorkerPool,
  type WorkerPool,
  type WorkerPoolOptions,
} from '../../../../src/adapters/media/worker-pool.ts';
import { failure, outcome, quiet } from './fixtures.ts';

const program = new URL('./odd-worker.ts', import.meta.url);
const pools: WorkerPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function open(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const pool = createWorkerPool({ workers: 1, deadlineMs: 5000, log: quiet, program, ...options });
  pools.push(pool);
  return pool;
}

const run = (pool: WorkerPool, path: string, signal?: AbortSignal) =>
  outcome(pool.run({ path, size: 1 }, signal));

/** Looks again after each turn of the event loop, up to the test's own time limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe('worker pool', () => {
  test('starts no thread before there is a job', () => {
    expect(open().threads).toBe(0);
  });

  test('keeps one thread for job after job', async () => {
    const pool = open();
    for (let i = 0; i < 5; i++) expect(await run(pool, 'none')).toBeNull();
    expect(pool.threads).toBe(1);
  });

  test.each(['throw', 'exit'])('a job that makes its worker %s costs only itself', async (how) => {
    const pool = open();
    const results = await Promise.all([run(pool, 'none'), run(pool, how), run(pool, 'none')]);
    expect(results).toEqual([null, 'FILE_DAMAGED', null]);
  });

  test('a fault of the server is not put on the file', async () => {
    expect(await run(open(), 'fault')).toBe('SERVICE_UNAVAILABLE');
  });

  test('a program that cannot start is not put on the file', async () => {
    const pool = open({ program: new URL('./missing-worker.ts', import.meta.url) });
    expect(await run(pool, 'none')).toBe('SERVICE_UNAVAILABLE');
  });

  test('runs no more threads than allowed; the rest waits', async () => {
    const pool = open({ workers: 2 });
    const all = Promise.all(Array.from({ length: 8 }, () => run(pool, 'none')));
    await until(() => pool.threads === 2);
    expect(await all).toEqual(Array(8).fill(null));
    expect(pool.threads).toBe(2);
  });

  test('a spinning thread is really ended at the deadline', async () => {
    const pool = open({ deadlineMs: 100 });
    expect(await run(pool, 'spin')).toBe('PROBE_TIMEOUT');
    expect(pool.threads).toBe(0);
    // A window of measurement: a thread that still spins uses all of it.
    const before = process.cpuUsage();
    await Bun.sleep(400);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(250);
  });

  test('an idle thread ends by itself', async () => {
    const pool = open({ idleMs: 20 });
    await run(pool, 'none');
    await until(() => pool.threads === 0);
    expect(await run(pool, 'none')).toBeNull();
  });

  test('a job whose caller leaves ends its thread, a waiting one leaves the queue', async () => {
    const pool = open();
    const leaving = new AbortController();
    const spinning = failure(pool.run({ path: 'spin', size: 1 }, leaving.signal));
    const waiting = failure(pool.run({ path: 'none', size: 1 }, leaving.signal));
    const staying = run(pool, 'none');
    await until(() => pool.threads === 1);
    leaving.abort(new Error('left'));
    expect(await Promise.all([spinning, waiting, staying])).toEqual(['left', 'left', null]);
  });

  test('one that leaves the queue does not wait for those before it', async () => {
    const pool = open();
    const leaving = new AbortController();
    let isSpinning = true;
    const spinning = run(pool, 'spin').then(() => {
      isSpinning = false;
    });
    const waiting = failure(pool.run({ path: 'none', size: 1 }, leaving.signal));
    await until(() => pool.threads === 1);
    leaving.abort(new Error('left'));
    expect(await waiting).toBe('left');
    expect(isSpinning).toBe(true);
    await pool.close();
    await spinning;
  });

  test('a caller who leaves as its turn comes starts nothing', async () => {
    const pool = open();
    const leaving = new AbortController();
    const running = failure(pool.run({ path: 'none', size: 1 }, leaving.signal));
    leaving.abort(new Error('left'));
    expect(await running).toBe('left');
    expect(pool.threads).toBe(0);
    expect(await run(pool, 'none')).toBeNull();
  });

  test('closing ends threads and fails what waits or comes later', async () => {
    const pool = open();
    const results = Promise.all([run(pool, 'spin'), run(pool, 'none')]);
    await until(() => pool.threads === 1);
    await pool.close();
    expect(await results).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
    expect(await run(pool, 'none')).toBe('SERVICE_UNAVAILABLE');
    expect(pool.threads).toBe(0);
  });
});
