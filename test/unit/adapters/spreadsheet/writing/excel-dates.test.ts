import { expect, test } from 'bun:test';
import { serialOf } from '../../../../../src/adapters/spreadsheet/writing/excel-dates.ts';
import {
  distinctSheetNames,
  sheetName,
} from '../../../../../src/adapters/spreadsheet/writing/sheet-names.ts';

test('an instant becomes what a clock in the time zone shows, also where clocks change', () => {
  const shown = (instant: string, timeZone: string) => {
    const serial = serialOf(new Date(instant), timeZone);
    return serial === undefined
      ? undefined
      : new Date(Math.round((serial - 25_569) * 86_400_000)).toISOString();
  };
  expect(shown('2026-11-22T16:30:00.250Z', 'Asia/Shanghai')).toBe('2026-11-23T00:30:00.250Z');
  expect(shown('2026-03-29T00:59:59Z', 'Europe/Berlin')).toBe('2026-03-29T01:59:59.000Z');
  expect(shown('2026-03-29T01:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T03:00:00.000Z');
  expect(shown('1900-02-28T23:59:59Z', 'UTC')).toBeUndefined();
  expect(shown('1900-03-01T00:00:00Z', 'UTC')).toBe('1900-03-01T00:00:00.000Z');
  expect(shown('9999-12-31T23:59:59Z', 'UTC')).toBe('9999-12-31T23:59:59.000Z');
  expect(shown('9999-12-31T23:59:59Z', 'Asia/Tokyo')).toBeUndefined();
  expect(shown('-000001-01-01T00:00:00Z', 'UTC')).toBeUndefined();
  expect(serialOf(new Date(Number.NaN), 'UTC')).toBeUndefined();
});

test('sheets get names that Excel takes, each its own', () => {
  expect(sheetName("'a/b:c*[d]?\\'")).toBe('a b c  d');
  expect(sheetName('')).toBe('Sheet');
  expect(sheetName('History')).toBe('History_');
  expect(sheetName('中'.repeat(40), ' (2)')).toBe(`${'中'.repeat(27)} (2)`);
  expect(distinctSheetNames(['Rows', 'rows', 'Rows', 'About'])).toEqual([
    'Rows',
    'rows (2)',
    'Rows (3)',
    'About',
  ]);
});
