import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { insertionIndex } from '../../../src/console/pages/library/data/insertion-index.ts';
import {
  formatQuery,
  type LibraryQuery,
  ORDERS,
  parseQuery,
  toFilter,
} from '../../../src/console/pages/library/query/library-query.ts';

const word = fc.string({ minLength: 1, unit: 'grapheme' });
const pixels = fc.integer({ min: 0, max: 2_147_483_647 });
const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const queries: fc.Arbitrary<LibraryQuery> = fc
  .record(
    {
      name: word,
      kind: fc.constantFrom('IMAGE', 'VIDEO', 'AUDIO'),
      folder: fc.string({ unit: 'grapheme' }),
      tag: word,
      from: day,
      to: day,
      minSize: fc.integer({ min: 0, max: 1e15 - 1 }),
      maxWidth: pixels,
      minHeight: pixels,
      by: pixels,
    },
    { requiredKeys: [] },
  )
  .chain((filters) =>
    fc
      .record({ sort: fc.constantFrom(...ORDERS), view: fc.constantFrom('grid', 'list') })
      .map((rest) => ({ ...filters, ...rest })),
  );

describe("the library's address", () => {
  test('says everything that was asked for', () => {
    fc.assert(fc.property(queries, (query) => expect(parseQuery(formatQuery(query))).toEqual(query)));
  });

  test('is empty where nothing was', () => {
    expect(formatQuery(parseQuery(''))).toBe('');
  });

  test('may say nonsense, which does not count', () => {
    const search =
      '?kind=PDF&from=yesterday&to=2026-13-40&minWidth=-1&by=1e9&maxHeight=99999999999&sort=UP&view=3d';
    expect(formatQuery(parseQuery(search))).toBe('');
  });

  test('has days of which both count wholly', () => {
    const { createdAt } = toFilter(parseQuery('?from=2026-11-30&to=2026-11-30'), false);
    const span = new Date(createdAt?.max ?? 0).getTime() - new Date(createdAt?.min ?? 0).getTime();
    expect(span).toBe(86_400_000 - 1);
  });
});

test('a new item goes where sorting would put it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (numbers, added) => {
      const compare = (a: number, b: number) => a - b;
      const sorted = numbers.toSorted(compare);
      sorted.splice(insertionIndex(sorted, added, compare), 0, added);
      expect(sorted).toEqual([...numbers, added].toSorted(compare));
    }),
  );
});
