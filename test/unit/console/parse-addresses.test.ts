import { describe, expect, test } from 'bun:test';
import { parseAddresses } from '../../../src/console/pages/fetch/parse-addresses.ts';

const urlsOf = (text: string) => parseAddresses(text).urls;

describe('addresses', () => {
  test('are read one a line, whatever ends the lines', () => {
    const urls = ['https://a.example/1.png', 'http://b.example/2.png?x=1,2', 'https://c.example/'];
    expect(urlsOf(urls.join('\n'))).toEqual(urls);
    expect(urlsOf(`${urls.join('\r\n')}\r\n`)).toEqual(urls);
  });

  test.each([
    '"https://a.example/1.png",',
    "  'https://a.example/1.png';",
    '“https://a.example/1.png”，',
    '<https://a.example/1.png>',
    '["https://a.example/1.png"]',
  ])('may stand in quotes, commas and brackets: %s', (line) => {
    expect(urlsOf(line)).toEqual(['https://a.example/1.png']);
  });

  test.each(['https://a.example/b_(c)', 'http://[::1]', 'https://a.example/图片.png'])(
    'keep what belongs to them: %s',
    (url) => {
      expect(urlsOf(url)).toEqual([url]);
    },
  );

  test('are read from cells of a spreadsheet', () => {
    expect(urlsOf('https://a.example/1\thttps://a.example/2')).toEqual([
      'https://a.example/1',
      'https://a.example/2',
    ]);
  });

  test('that are repeated count once, and empty lines between are counted', () => {
    const text = 'https://a.example/1\n\n"",\nhttps://a.example/1\nhttps://a.example/2\n\n';
    expect(parseAddresses(text)).toMatchObject({
      urls: ['https://a.example/1', 'https://a.example/2'],
      repeated: 1,
      empty: 2,
    });
    expect(parseAddresses(' \n \n')).toEqual({ urls: [], repeated: 0, empty: 0, invalid: [] });
  });

  test('are http or https; other lines are told by their number', () => {
    const text = 'https://a.example/1\nfile:///etc/passwd\nposter.png\nhttps://\nhttps://a b.example/';
    expect(parseAddresses(text).invalid).toEqual([
      { line: 2, text: 'file:///etc/passwd' },
      { line: 3, text: 'poster.png' },
      { line: 4, text: 'https://' },
      { line: 5, text: 'https://a b.example/' },
    ]);
  });
});
