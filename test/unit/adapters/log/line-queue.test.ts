import { expect, test } from 'bun:test';
import { LineQueue, type LineTarget } from '../../../../src/adapters/log/line-queue.ts';
import { until } from '../../../support/temporary.ts';

/** A target that fails, or takes a few bytes at a time, as it is told. */
function target() {
  const state = { text: '', error: undefined as Error | undefined, most: Number.POSITIVE_INFINITY };
  const take = (bytes: Uint8Array) => {
    if (state.error) throw state.error;
    const taken = bytes.subarray(0, state.most);
    state.text += new TextDecoder().decode(taken);
    return taken.byteLength;
  };
  const lineTarget: LineTarget = {
    write: async (bytes) => take(bytes),
    writeSync: take,
    landed: () => undefined,
  };
  return { state, lineTarget };
}

test('lines come whole and in order, however few bytes are taken at a time', async () => {
  const { state, lineTarget } = target();
  state.most = 7;
  const queue = new LineQueue(lineTarget);
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i} ${'x'.repeat(i % 50)}\n`);
  for (const line of lines) queue.write(line);
  await queue.flush();
  expect(state.text).toBe(lines.join(''));
  expect(queue.lost).toBe(0);
});

test('a line goes out by itself, without a flush', async () => {
  const { state, lineTarget } = target();
  new LineQueue(lineTarget).write('alone\n');
  expect(state.text).toBe('');
  await until('the line', () => state.text === 'alone\n' || undefined);
});

test('while nothing can be written lines wait, beyond the bound they are lost and counted, and one failure is told', async () => {
  const { state, lineTarget } = target();
  const failures: unknown[] = [];
  const losses: number[] = [];
  const queue = new LineQueue(lineTarget, {
    maxCharacters: 1000,
    retryMs: 5,
    onFailure: (error) => failures.push(error),
    onLost: (lines) => losses.push(lines),
  });
  state.error = new Error('no room');
  for (let i = 0; i < 300; i++) {
    queue.write(`${String(i).padStart(9, '0')}\n`);
    if (i % 50 === 0) await queue.flush();
  }
  expect(queue.lost).toBe(199);
  expect(failures).toEqual([state.error]);
  expect(losses).toEqual([]);
  state.error = undefined;
  await until('the recovery', () => losses.length > 0 || undefined);
  expect(losses).toEqual([199]);
  expect(state.text.trimEnd().split('\n').map(Number)).toEqual(Array.from({ length: 101 }, (_, i) => i));
  state.error = new Error('again');
  queue.write('later\n');
  await queue.flush();
  expect(failures).toHaveLength(2);
});

test('at the end of the process everything that waits is written at once', () => {
  const { state, lineTarget } = target();
  const queue = new LineQueue(lineTarget);
  for (let i = 0; i < 100; i++) queue.write(`${i}\n`);
  state.most = 10;
  queue.flushSync();
  expect(state.text.split('\n').filter(Boolean)).toHaveLength(100);
});
