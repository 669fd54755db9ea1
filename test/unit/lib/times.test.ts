import { describe, expect, test } from 'bun:test';
import { isTimeZoneName, readTime } from '../../../src/lib/times.ts';

const spanOf = (text: string, timeZone: string) => {
  const span = readTime(text, timeZone);
  return span && [span.from.toISOString(), span.until.toISOString()];
};

describe('a day', () => {
  test.each([
    ['2026-11-22', 'Asia/Shanghai', '2026-11-21T16:00:00.000Z', '2026-11-22T16:00:00.000Z'],
    ['2026-11-22', 'UTC', '2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['2026-12-31', 'America/New_York', '2026-12-31T05:00:00.000Z', '2027-01-01T05:00:00.000Z'],
    // Clocks are put forward: 23 hours; and back: 25.
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    // It begins at one o'clock.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
    // It was left out.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
    ['2024-02-29', 'UTC', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
  ])('%s in %s', (text, timeZone, from, until) => {
    expect(spanOf(text, timeZone)).toEqual([from, until]);
  });
});

describe('a time covers as much as is written', () => {
  test.each([
    ['2026-11-22T08:30:00.123Z', '2026-11-22T08:30:00.123Z', 1],
    ['2026-11-22T08:30:00Z', '2026-11-22T08:30:00.000Z', 1000],
    ['2026-11-22T08:30Z', '2026-11-22T08:30:00.000Z', 60_000],
    ['2026-11-22T08:30:00+08:00', '2026-11-22T00:30:00.000Z', 1000],
    ['2026-11-22T08:30:00 08:00', '2026-11-22T00:30:00.000Z', 1000],
    ['2026-11-22T08:30:00-0330', '2026-11-22T12:00:00.000Z', 1000],
    ['2026-11-22 08:30:00', '2026-11-22T00:30:00.000Z', 1000],
    ['2026-11-22t08:30:00.5z', '2026-11-22T08:30:00.500Z', 1],
  ])('%s', (text, from, ms) => {
    const until = new Date(new Date(from).getTime() + ms).toISOString();
    expect(spanOf(text, 'Asia/Shanghai')).toEqual([from, until]);
  });
});

test.each([
  '',
  'today',
  '2026-13-01',
  '2026-02-30',
  '2025-02-29',
  '2026-11-22T24:00:00Z',
  '2026-11-22T10:60:00Z',
  '2026-11-22T10',
  '1899-12-31',
  '22.11.2026',
  '1795334400',
  '2026-11-22T10:00:00Z; drop table x',
  '２０２６-11-22',
])('%p is no time', (text) => {
  expect(readTime(text, 'UTC')).toBeUndefined();
});

test('a time zone has an IANA name', () => {
  for (const name of ['Asia/Shanghai', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+8']) {
    expect([name, isTimeZoneName(name)]).toEqual([name, true]);
  }
  for (const name of ['', '+08:00', 'Mars/Phobos', "UTC'; --", 'UTC+8', '../etc', 'Asia/']) {
    expect([name, isTimeZoneName(name)]).toEqual([name, false]);
  }
});
