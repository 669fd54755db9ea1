import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseRange } from '../../../src/lib/byte-range.ts';

describe('one range of bytes', () => {
  const cases: [string | null, ReturnType<typeof parseRange>][] = [
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=2-5', { start: 2, end: 6 }],
    ['bytes=2-', { start: 2, end: 10 }],
    ['bytes=2-99', { start: 2, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['BYTES=1-2', { start: 1, end: 3 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=99999999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=a-b', undefined],
    ['bytes=-', undefined],
    [null, undefined],
  ];
  test.each(cases)('%p of ten bytes', (value, expected) => {
    expect(parseRange(value, 10)).toEqual(expected);
  });

  test('never reaches beyond the file, whatever is asked for', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(),
        fc.option(fc.nat()),
        fc.option(fc.nat()),
        (junk, size, first, last) => {
          for (const value of [junk, `bytes=${junk}`, `bytes=${first ?? ''}-${last ?? ''}`]) {
            const range = parseRange(value, size);
            if (range === undefined || range === 'unsatisfiable') continue;
            expect(range.start).toBeGreaterThanOrEqual(0);
            expect(range.end).toBeGreaterThan(range.start);
            expect(range.end).toBeLessThanOrEqual(size);
          }
        },
      ),
    );
  });
});
