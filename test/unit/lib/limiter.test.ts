import { expect, test } from 'bun:test';
import { Limiter } from '../../../src/lib/limiter.ts';

test('runs no more tasks at once than allowed, and all of them in order', async () => {
  const limiter = new Limiter({ concurrency: 2 });
  const started: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      limiter.run(async () => {
        started.push(i);
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('a task that fails frees its place', async () => {
  const limiter = new Limiter({ concurrency: 1 });
  await expect(limiter.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await limiter.run(async () => 'next')).toBe('next');
});

test('is full when a task would neither run nor find a place in the queue', async () => {
  const limiter = new Limiter({ concurrency: 1, queue: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = limiter.run(() => promise);
  expect(limiter.isFull).toBe(false);
  const second = limiter.run(async () => {});
  expect(limiter.isFull).toBe(true);
  resolve();
  await Promise.all([first, second]);
  expect(limiter.isFull).toBe(false);
});
