import { expect, test } from 'bun:test';
import { progressBar, progressText } from '../../../src/cli/progress.ts';

test('a bar shows how much is done and how long the rest takes', () => {
  expect(progressText('Hashing', { done: 0, total: 4000, seconds: 0 })).toBe(
    `Hashing [${'-'.repeat(24)}] 0/4,000`,
  );
  expect(progressText('Hashing', { done: 1000, total: 4000, seconds: 10 })).toBe(
    `Hashing [${'#'.repeat(6)}${'-'.repeat(18)}] 1,000/4,000, 30 s left`,
  );
});

test('a bar is drawn on terminals only, and leaves nothing behind', () => {
  for (const isTTY of [true, false]) {
    const written: string[] = [];
    const bar = progressBar('Hashing', { isTTY, write: (text) => written.push(text) });
    bar.show(1, 2);
    bar.show(2, 2);
    bar.clear();
    expect(written.length).toBe(isTTY ? 3 : 0);
    if (isTTY) expect(written.at(-1)).toBe('\r\x1b[K');
  }
});
