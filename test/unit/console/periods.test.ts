import { describe, expect, test } from 'bun:test';
import { parseDay, periodProblem, presetPeriods } from '../../../src/console/pages/reports/periods.ts';

describe('a period that is asked for often', () => {
  const now = new Date('2026-03-31T20:30:00Z');

  test('is that of the time zone', () => {
    expect(presetPeriods('UTC', now).today).toEqual({ start: '2026-03-31', end: '2026-03-31' });
    expect(presetPeriods('Asia/Shanghai', now).today).toEqual({ start: '2026-04-01', end: '2026-04-01' });
  });

  test('ends today, or with last month', () => {
    expect(presetPeriods('UTC', now)).toMatchObject({
      last7Days: { start: '2026-03-25', end: '2026-03-31' },
      thisMonth: { start: '2026-03-01', end: '2026-03-31' },
      lastMonth: { start: '2026-02-01', end: '2026-02-28' },
      thisYear: { start: '2026-01-01', end: '2026-03-31' },
    });
  });

  test('goes back over the turn of a year', () => {
    const { last7Days, lastMonth } = presetPeriods('UTC', new Date('2028-01-03T12:00:00Z'));
    expect(last7Days).toEqual({ start: '2027-12-28', end: '2028-01-03' });
    expect(lastMonth).toEqual({ start: '2027-12-01', end: '2027-12-31' });
  });
});

test('a period that is missing or reversed is told apart from one that is whole', () => {
  expect(periodProblem({ start: '2026-01-01', end: null })).toBe('missing');
  expect(periodProblem({ start: '2026-01-02', end: '2026-01-01' })).toBe('reversed');
  expect(periodProblem({ start: '2026-01-01', end: '2026-01-01' })).toBeUndefined();
});

test.each(['2026-02-30', '2026-13-01', '2026-1-1', 'today', ''])('%p is no day', (text) => {
  expect(parseDay(text)).toBeNull();
});
