import { describe, expect, test } from 'bun:test';
import { parseRetryAfter, retryDelay } from '../../../../src/services/webhook/retry-delay.ts';

describe('the next try', () => {
  test('comes later and later, and after two days there is none', () => {
    const delays = Array.from({ length: 9 }, (_, i) => retryDelay(i + 1, { random: () => 0.5 }));
    expect(delays.map((ms) => ms && ms / 1000)).toEqual([
      5,
      30,
      120,
      600,
      3600,
      21_600,
      43_200,
      86_400,
      undefined,
    ]);
  });

  test('is moved by up to a fifth', () => {
    expect(retryDelay(1, { random: () => 0 })).toBe(4000);
    expect(retryDelay(1, { random: () => 1 })).toBe(6000);
    for (let i = 0; i < 100; i++) expect(retryDelay(1)).toBeWithin(4000, 6001);
  });

  test('waits for as long as the receiver asks, up to a day', () => {
    const random = () => 0.5;
    expect(retryDelay(1, { random, retryAfterMs: 7_200_000 })).toBe(7_200_000);
    expect(retryDelay(1, { random, retryAfterMs: 1000 })).toBe(5000);
    expect(retryDelay(1, { random, retryAfterMs: 10 ** 12 })).toBe(86_400_000);
    expect(retryDelay(9, { random, retryAfterMs: 1000 })).toBeUndefined();
  });
});

test.each([
  ['120', 120_000],
  [' 5 ', 5000],
  ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['soon', 0],
  ['-5', 0],
  ['1e9', 0],
  ['', 0],
  [null, 0],
])('Retry-After: %p means %p ms', (value, ms) => {
  expect(parseRetryAfter(value, new Date('2026-11-23T10:00:00Z'))).toBe(ms);
});
