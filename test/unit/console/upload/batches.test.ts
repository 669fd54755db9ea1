import { describe, expect, test } from 'bun:test';
import { pauseBefore } from '../../../../src/console/upload/queue/backoff.ts';
import { SpeedMeter, spreadProgress } from '../../../../src/console/upload/queue/progress.ts';
import { takeBatch } from '../../../../src/console/upload/queue/take-batch.ts';
import { Transfer } from '../../../../src/console/upload/queue/transfer.ts';

function transfers(sizes: readonly number[], folder = ''): Transfer[] {
  return sizes.map((size, i) => new Transfer(new File(['x'.repeat(size)], `${i}`), { mallId: 1, folder }));
}

describe('a batch', () => {
  const sizesOf = (batch: readonly Transfer[]) => batch.map(({ size }) => size);

  test('has as many files as fit, in their order', () => {
    const waiting = transfers([10, 20, 30, 40]);
    expect(sizesOf(takeBatch(waiting, { files: 3, bytes: 1000 }))).toEqual([10, 20, 30]);
    expect(sizesOf(waiting)).toEqual([40]);
    expect(sizesOf(takeBatch(transfers([10, 20, 30, 40]), { files: 9, bytes: 59 }))).toEqual([10, 20]);
    expect(takeBatch([], { files: 9, bytes: 1 })).toEqual([]);
  });

  test('is a large file alone', () => {
    expect(sizesOf(takeBatch(transfers([500, 1]), { files: 9, bytes: 100 }))).toEqual([500]);
    expect(sizesOf(takeBatch(transfers([1, 500]), { files: 9, bytes: 100 }))).toEqual([1]);
  });

  test('goes to one folder', () => {
    const waiting = [...transfers([1, 2], 'a'), ...transfers([3], 'b')];
    expect(sizesOf(takeBatch(waiting, { files: 9, bytes: 100 }))).toEqual([1, 2]);
  });

  test('is one file alone that was too much with others', () => {
    const waiting = transfers([1, 2, 3]);
    const [first, second] = waiting;
    if (first && second) [first.alone, second.alone] = [false, true];
    expect(sizesOf(takeBatch(waiting, { files: 9, bytes: 100 }))).toEqual([1]);
    expect(sizesOf(takeBatch(waiting, { files: 9, bytes: 100 }))).toEqual([2]);
  });
});

describe('progress', () => {
  test('is that of the files in their order, after what else is in the body', () => {
    expect(spreadProgress([100, 50, 10], 0, 200)).toEqual([0, 0, 0]);
    expect(spreadProgress([100, 50, 10], 40, 200)).toEqual([0, 0, 0]);
    expect(spreadProgress([100, 50, 10], 165, 200)).toEqual([100, 25, 0]);
    expect(spreadProgress([100, 50, 10], 200, 200)).toEqual([100, 50, 10]);
    expect(spreadProgress([], 200, 200)).toEqual([]);
  });

  test('has the speed of the last seconds', () => {
    let now = 0;
    const meter = new SpeedMeter(() => now);
    expect(meter.bytesPerSecond).toBe(0);
    for (; now <= 20_000; now += 200) meter.add(200);
    expect(meter.bytesPerSecond).toBeGreaterThan(900);
    expect(meter.bytesPerSecond).toBeLessThan(1100);
    now += 10_000;
    expect(meter.bytesPerSecond).toBe(0);
  });
});

test('each pause is longer than the one before, up to a limit, and as long as the server asks', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7].map((attempt) => pauseBefore(attempt, 0, () => 1));
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  expect(pauseBefore(3, 0, () => 0)).toBe(1000);
  expect(pauseBefore(1, 30_000)).toBe(30_000);
});

test('the id of a transfer is a UUID of its own', () => {
  const ids = transfers([1, 1, 1]).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
