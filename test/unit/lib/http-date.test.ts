import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseHttpDate } from '../../../src/lib/http-date.ts';

const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;
const now = new Date('2026-11-23T00:00:00Z');

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
  ['Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
  ['Sun Nov  6 08:49:37 1994', EXAMPLE],
  ['Thu, 31 Dec 1998 23:59:60 GMT', Date.UTC(1999, 0, 1) / 1000],
  ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29) / 1000],
  ['Monday, 01-Jan-76 00:00:00 GMT', Date.UTC(2076, 0, 1) / 1000],
  ['Monday, 01-Jan-77 00:00:00 GMT', Date.UTC(1977, 0, 1) / 1000],
  ['Thu, 30 Feb 2024 00:00:00 GMT', undefined],
  ['Sun, 06 Nov 1994 24:00:00 GMT', undefined],
  ['Sun, 06 Nov 1994 08:60:00 GMT', undefined],
  ['Sun, 06 Nov 1994 08:49:37 CET', undefined],
  ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
  ['sun, 06 nov 1994 08:49:37 gmt', undefined],
  ['Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT', undefined],
  ['1994-11-06T08:49:37Z', undefined],
  ['784111777', undefined],
  ['', undefined],
])('the HTTP-date %p', (text, seconds) => {
  expect(parseHttpDate(text, now)).toBe(seconds as never);
});

test('reads back what a Date writes', () => {
  const years = { min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000));
    }),
  );
});
