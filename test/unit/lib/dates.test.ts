import { expect, test } from 'bun:test';
import { dayIn } from '../../../src/lib/dates.ts';

test('the day of an instant is that of the time zone asked for', () => {
  const instant = new Date('2026-11-22T16:30:00Z');
  expect(dayIn('Asia/Shanghai', instant)).toBe('2026-11-23');
  expect(dayIn('UTC', instant)).toBe('2026-11-22');
  expect(dayIn('America/Los_Angeles', new Date('2026-01-01T07:00:00Z'))).toBe('2025-12-31');
});
