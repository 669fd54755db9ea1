import { expect, test } from 'bun:test';
import { formatBytes, parseBytes } from '../../../src/cli/bytes.ts';

test.each([
  ['0', 0],
  ['1024', 1024],
  ['10GiB', 10 * 2 ** 30],
  ['1.5 gb', 1.5e9],
  ['500MB', 5e8],
  ['2tib', 2 ** 41],
])('the size %s is read', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'GiB', '-1', '1e9', '10 GiBs', '1,5GB', '9999999TiB'])('%p is no size', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [10 * 2 ** 30, '10 GiB'],
  [3 * 2 ** 50, '3072 TiB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
