import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ByteRange, parseRanges } from '../../../src/lib/byte-range.ts';

describe('ranges of bytes', () => {
  const huge = '9'.repeat(20);
  const cases: [string | null, ReturnType<typeof parseRanges>][] = [
    ['bytes=0-0', [{ start: 0, end: 1 }]],
    ['bytes=2-5', [{ start: 2, end: 6 }]],
    ['bytes=2-', [{ start: 2, end: 10 }]],
    ['bytes=2-99', [{ start: 2, end: 10 }]],
    [`bytes=2-${huge}`, [{ start: 2, end: 10 }]],
    ['bytes=-3', [{ start: 7, end: 10 }]],
    ['bytes=-99', [{ start: 0, end: 10 }]],
    [`bytes=-${huge}`, [{ start: 0, end: 10 }]],
    ['bytes=00000000000000000000001-00000000000000000000002', [{ start: 1, end: 3 }]],
    ['BYTES=1-2', [{ start: 1, end: 3 }]],
    ['bytes= 1-2\t', [{ start: 1, end: 3 }]],
    ['bytes=,, 1-2 ,\t,', [{ start: 1, end: 3 }]],
    [
      'bytes=8-8,0-1',
      [
        { start: 8, end: 9 },
        { start: 0, end: 2 },
      ],
    ],
    ['bytes=0-1,2-3', [{ start: 0, end: 4 }]],
    ['bytes=0-,0-,0-,0-', [{ start: 0, end: 10 }]],
    ['bytes=2-3,99-', [{ start: 2, end: 4 }]],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-11,-0', 'unsatisfiable'],
    [`bytes=${huge}-`, 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9007199254740993-9007199254740993', 'unsatisfiable'],
    ['bytes=9007199254740993-9007199254740992', undefined],
    ['bytes=5-2', undefined],
    ['bytes=0-1,5-2', undefined],
    ['bytes=0-1;3-4', undefined],
    ['bytes=1 - 2', undefined],
    ['bytes =1-2', undefined],
    ['bytes=+1-2', undefined],
    ['bytes=１-２', undefined],
    ['items=0-1', undefined],
    ['bytes', undefined],
    ['bytes=', undefined],
    ['bytes=,', undefined],
    ['bytes=a-b', undefined],
    ['bytes=-', undefined],
    ['', undefined],
    [null, undefined],
  ];
  test.each(cases)('%p of ten bytes', (value, expected) => {
    expect(parseRanges(value, 10)).toEqual(expected as never);
  });

  test('are the whole file from the fifty-first on', () => {
    const list = (count: number) => `bytes=${Array.from({ length: count }, (_, i) => `${i * 2}-${i * 2}`)}`;
    expect(parseRanges(list(50), 1000)).toHaveLength(50);
    expect(parseRanges(list(51), 1000)).toBeUndefined();
    expect(parseRanges(list(5000), 1000)).toBeUndefined();
  });

  const position = fc.oneof(fc.nat(40), fc.constant(99_999_999_999_999_999_999n));
  const spec = fc.oneof(
    fc.tuple(position, position).map(([first, last]) => `${first}-${last}`),
    position.map((first) => `${first}-`),
    position.map((length) => `-${length}`),
  );

  test('hold the very bytes that a plain reading of the field names, each once', () => {
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 30 }),
        (specs, size) => {
          const parsed = parseRanges(`bytes=${specs.join(', ')}`, size);
          const named = specs.map((text) => namedBytes(text, size));
          if (named.includes(undefined)) {
            expect(parsed).toBeUndefined();
            return;
          }
          const expected = [...new Set(named.flatMap((bytes) => bytes ?? []))];
          if (expected.length === 0) {
            expect(parsed).toBe('unsatisfiable');
            return;
          }
          const sent = (parsed as ByteRange[]).flatMap(({ start, end }) =>
            Array.from({ length: end - start }, (_, i) => start + i),
          );
          expect(sent.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  test('never reach beyond the file and never hold more than it, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), fc.nat(), (junk, list, size) => {
        for (const value of [junk, `bytes=${junk}`, `bytes=${list.join(',')}`]) {
          const ranges = parseRanges(value, size);
          if (ranges === undefined || ranges === 'unsatisfiable') continue;
          expect(ranges.every(({ start, end }) => 0 <= start && start < end && end <= size)).toBe(true);
          expect(ranges.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(size);
        }
      }),
    );
  });
});

/** Byte by byte, as RFC 9110 words it; undefined for a spec that is not valid. */
function namedBytes(spec: string, size: number): number[] | undefined {
  const all = Array.from({ length: size }, (_, i) => i);
  const [first = '', last = ''] = spec.split('-');
  if (first === '') return all.filter((at) => BigInt(size - at) <= BigInt(last));
  if (last !== '' && BigInt(last) < BigInt(first)) return undefined;
  return all.filter((at) => BigInt(first) <= BigInt(at) && (last === '' || BigInt(at) <= BigInt(last)));
}
