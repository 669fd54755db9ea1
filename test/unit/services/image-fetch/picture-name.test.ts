import { describe, expect, test } from 'bun:test';
import { pictureName } from '../../../../src/services/image-fetch/picture-name.ts';
import { keptUrl } from '../../../../src/services/image-fetch/source-url.ts';

describe('the name of a picture from elsewhere', () => {
  test.each([
    ['http://a/b/c.png?d=e.jpg#f', null, 'c.png'],
    ['http://a/b/', null, 'picture'],
    ['http://a/', 'inline', 'picture'],
    ['http://a/c.png', 'attachment; filename=""', 'c.png'],
    ['http://a/c.png', 'attachment; filename="d.png"', 'd.png'],
    ['http://a/c.png', "attachment; filename=d.png; filename*=UTF-8''%e2%82%ac.png", '€.png'],
    ['http://a/c.png', Buffer.from('attachment; filename="码.png"').toString('latin1'), '码.png'],
    ['http://a/c.png', 'attachment; filename="\xe9.png"', 'é.png'],
    ['http://a/c.png', ';;;=', 'c.png'],
    ['http://a/%', null, '%'],
    ['http://a/%00', null, '\uFFFD'],
    ['http://a/..%2f..%2fpasswd', null, '../../passwd'],
  ])('%s with %s is %s', (url, disposition, name) => {
    expect(pictureName(url, disposition)).toBe(name);
  });

  test('has at most 1,024 bytes and whole characters', () => {
    const name = pictureName(`http://a/${encodeURIComponent('码'.repeat(500))}.png`, null);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(1024);
    expect(name).toBe(`${'码'.repeat(340)}.png`);
  });
});

describe('the address of a picture as it is kept', () => {
  test.each([
    ['http://user:secret@Example.com:80/a?b#c', 'http://example.com/a?b'],
    ['https://example.com', 'https://example.com/'],
    ['no address', undefined],
    ['', undefined],
    [`http://example.com/${'x'.repeat(8000)}`, undefined],
  ])('of %s is %s', (text, kept) => {
    expect(keptUrl(text)).toBe(kept);
  });
});
