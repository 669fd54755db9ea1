import { expect, test } from 'bun:test';
import { dayIn, wallClockIn } from '../../../src/lib/dates.ts';

test('the day of an instant is that of the time zone asked for', () => {
  const instant = new Date('2026-11-22T16:30:00Z');
  expect(dayIn('Asia/Shanghai', instant)).toBe('2026-11-23');
  expect(dayIn('UTC', instant)).toBe('2026-11-22');
  expect(dayIn('America/Los_Angeles', new Date('2026-01-01T07:00:00Z'))).toBe('2025-12-31');
});

test('the clock of a zone, as an instant that this machine shows alike', () => {
  const instant = new Date('2026-11-22T23:30:10.500Z');
  for (const [zone, day, hour] of [
    ['Asia/Shanghai', 23, 7],
    ['UTC', 22, 23],
    ['America/New_York', 22, 18],
  ] as const) {
    const clock = wallClockIn(zone, instant);
    expect([clock.getDate(), clock.getHours(), clock.getMinutes(), clock.getSeconds()]).toEqual([
      day,
      hour,
      30,
      10,
    ]);
  }
});
