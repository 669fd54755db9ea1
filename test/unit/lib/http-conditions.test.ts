import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { evaluateConditions, isSameForRange } from '../../../src/lib/http-conditions.ts';

const SECOND = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
const current = { etag: '"a,b"', lastModified: SECOND };
const httpDate = (seconds: number) => new Date(seconds * 1000).toUTCString();
const [before, same, after] = [SECOND - 1, SECOND, SECOND + 1].map(httpDate) as [string, string, string];

function outcome(fields: Record<string, string>, method = 'GET') {
  return evaluateConditions(method, new Headers(fields), current);
}

describe('entity tags', () => {
  test.each([
    ['"a,b"', 'not-modified'],
    ['W/"a,b"', 'not-modified'],
    ['*', 'not-modified'],
    [' * ', 'not-modified'],
    ['"x", "a,b"', 'not-modified'],
    ['"x","a,b","y"', 'not-modified'],
    [',, "x" ,\t, W/"a,b" ,', 'not-modified'],
    ['"x"', 'proceed'],
    ['"a", "b"', 'proceed'],
    ['"a', 'proceed'],
    ['a,b', 'proceed'],
    ['w/"a,b"', 'proceed'],
    ['"A,B"', 'proceed'],
    ['"a,b" "x"', 'proceed'],
    ['"a,b", x', 'proceed'],
    ['"*"', 'proceed'],
    ['*, "a,b"', 'proceed'],
    ['', 'proceed'],
  ])('If-None-Match: %s', (value, expected) => {
    expect(outcome({ 'If-None-Match': value })).toBe(expected as never);
  });

  test.each([
    ['"a,b"', 'proceed'],
    ['*', 'proceed'],
    ['"x", "a,b"', 'proceed'],
    ['W/"a,b"', 'failed'],
    ['"x"', 'failed'],
    ['a,b', 'failed'],
    ['', 'failed'],
  ])('If-Match: %s', (value, expected) => {
    expect(outcome({ 'If-Match': value })).toBe(expected as never);
  });

  test('are found in any well-formed list, with whatever stands inside of the quotes', () => {
    const inner = fc.stringMatching(/^[!#-~\u0080-\u00ff]{0,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), inner)), inner, fc.boolean(), (others, own, isListed) => {
        const etag = `"${own}"`;
        const tags = others.map(([weak, text]) => `${weak ? 'W/' : ''}"${text}"`);
        const list = [...tags, ...(isListed ? [etag] : [])].join(' ,');
        const validators = { etag, lastModified: 0 };
        const has = isListed || others.some(([, text]) => text === own);
        const hasStrong = isListed || others.some(([weak, text]) => !weak && text === own);
        const evaluate = (name: string) =>
          evaluateConditions('GET', new Headers({ [name]: list }), validators);
        expect(evaluate('If-None-Match')).toBe(has ? 'not-modified' : 'proceed');
        expect(evaluate('If-Match')).toBe(hasStrong ? 'proceed' : 'failed');
      }),
    );
  });

  test('of a hostile list take no time', () => {
    const started = performance.now();
    for (const piece of [' ', ',', '"', 'W/', '"a",', '\t,', '" '])
      outcome({ 'If-None-Match': piece.repeat(8000) });
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('dates', () => {
  test.each([
    ['If-Modified-Since', before, 'proceed'],
    ['If-Modified-Since', same, 'not-modified'],
    ['If-Modified-Since', after, 'not-modified'],
    ['If-Modified-Since', 'Friday, 02-Jan-26 03:04:05 GMT', 'not-modified'],
    ['If-Modified-Since', 'Fri Jan  2 03:04:05 2026', 'not-modified'],
    ['If-Modified-Since', 'yesterday', 'proceed'],
    ['If-Unmodified-Since', before, 'failed'],
    ['If-Unmodified-Since', same, 'proceed'],
    ['If-Unmodified-Since', after, 'proceed'],
    ['If-Unmodified-Since', 'yesterday', 'proceed'],
  ])('%s: %s', (name, value, expected) => {
    expect(outcome({ [name]: value })).toBe(expected as never);
  });
});

describe('several conditions', () => {
  test.each([
    ['If-Match over If-Unmodified-Since', { 'If-Match': '"a,b"', 'If-Unmodified-Since': before }, 'proceed'],
    ['If-Match before If-None-Match', { 'If-Match': '"x"', 'If-None-Match': '"a,b"' }, 'failed'],
    ['then If-None-Match', { 'If-Match': '"a,b"', 'If-None-Match': '"a,b"' }, 'not-modified'],
    ['If-Unmodified-Since first', { 'If-Unmodified-Since': before, 'If-None-Match': '"a,b"' }, 'failed'],
    [
      'If-None-Match over If-Modified-Since',
      { 'If-None-Match': '"x"', 'If-Modified-Since': after },
      'proceed',
    ],
  ] as const)('count in the order of RFC 9110: %s', (_, fields, expected) => {
    expect(outcome(fields)).toBe(expected);
  });

  test('of a method that writes end in 412 and never in 304', () => {
    expect(outcome({ 'If-None-Match': '"a,b"' }, 'PUT')).toBe('failed');
    expect(outcome({ 'If-Modified-Since': after }, 'PUT')).toBe('proceed');
    expect(outcome({ 'If-None-Match': '"a,b"' }, 'HEAD')).toBe('not-modified');
  });
});

test.each([
  [null, true],
  ['"a,b"', true],
  ['W/"a,b"', false],
  ['"x"', false],
  ['"a,b", "x"', false],
  ['*', false],
  [same, true],
  ['Friday, 02-Jan-26 03:04:05 GMT', true],
  [before, false],
  [after, false],
  ['', false],
])('If-Range: %s', (value, expected) => {
  expect(isSameForRange(value, current)).toBe(expected);
});
