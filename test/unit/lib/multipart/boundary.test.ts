import { expect, test } from 'bun:test';
import { boundaryOf } from '../../../../src/lib/multipart/index.ts';

test.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data;BOUNDARY=aBc', 'aBc'],
  ['multipart/form-data; boundary="a b:c"', 'a b:c'],
  ['multipart/form-data; charset=utf-8; boundary=abc', 'abc'],
  ['multipart/form-data; boundary=abc; charset="x;y"', 'abc'],
  ['multipart/form-data; boundary=abc;', 'abc'],
  [
    'multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW',
    '----WebKitFormBoundary7MA4YWxkTrZu0gW',
  ],
  ['multipart/form-data; boundary=----geckoformboundary5f2e', '----geckoformboundary5f2e'],
  ["multipart/form-data; boundary='()+_,-./:=?", "'()+_,-./:=?"],
  [`multipart/form-data; boundary=${'a'.repeat(70)}`, 'a'.repeat(70)],
])('%p has a boundary', (value, boundary) => {
  expect(boundaryOf(value)).toBe(boundary);
});

test.each([
  null,
  '',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=""',
  'multipart/form-data; boundary="a "',
  'multipart/form-data; boundary="abc',
  'multipart/form-data; boundary=a b',
  'multipart/form-data; boundary=a; boundary=b',
  'multipart/form-data; boundary="a\r\nb"',
  'multipart/form-data; boundary=ä',
  `multipart/form-data; boundary=${'a'.repeat(71)}`,
  'multipart/form-datax; boundary=a',
  'multipart/mixed; boundary=a',
  'text/plain; x="multipart/form-data; boundary=a"',
])('%p has none', (value) => {
  expect(boundaryOf(value)).toBeUndefined();
});

test('a hostile value is answered at once', () => {
  for (const piece of [' ', '; ', ';a', ';a=', ';a="\\"', '"', ' "']) {
    expect(boundaryOf(`multipart/form-data;${piece.repeat(50_000)}x`)).toBeUndefined();
  }
});
