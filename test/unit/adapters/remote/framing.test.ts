import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseHead } from '../../../../src/adapters/remote/answer-head.ts';
import { findFraming } from '../../../../src/adapters/remote/find-framing.ts';
import { FramingError } from '../../../../src/adapters/remote/framing.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked';

/** What is made of bytes behind a head that come in these pieces; `more`: the end has not come. */
function read(head: string, pieces: readonly Uint8Array[]): string {
  const parsed = parseHead(head);
  if (!parsed) return 'no head';
  const found: Uint8Array[] = [];
  try {
    const framing = findFraming(parsed);
    for (const piece of pieces) {
      if (framing.isComplete) return `surplus ${text(found)}`;
      // A copy: what comes is used up.
      found.push(framing.take(new Uint8Array(piece)));
    }
    if (!framing.isComplete) return `more ${text(found)}`;
    return `${framing.hasSurplus ? 'surplus' : 'whole'} ${text(found)}`;
  } catch (error) {
    if (error instanceof FramingError) return 'error';
    throw error;
  }
}

function text(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('latin1');
}

/** Cut after each of these numbers of bytes. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.byteLength + 1)), bytes.byteLength];
  sorted.sort((a, b) => a - b);
  const pieces = sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
  return pieces.filter(({ byteLength }) => byteLength > 0);
}

const places = fc.array(fc.nat(), { maxLength: 8 });
const body = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
const extension = fc.constantFrom('', ';a', ';a=b', ';a="b; c\\""', ';a;b=c');
const trailer = fc.constantFrom('', 'X: y\r\n', 'X: y\r\nZ:\r\n');

function encode(chunks: readonly Uint8Array[], behind: string, end: string): Buffer {
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.byteLength.toString(16)}${behind}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`0${behind}\r\n${end}\r\n`)]);
}

describe('a body in chunks', () => {
  test('is put together however it is cut on its way', () => {
    fc.assert(
      fc.property(body, extension, trailer, places, (chunks, behind, end, at) => {
        const expected = `whole ${text(chunks)}`;
        expect(read(CHUNKED, cut(encode(chunks, behind, end), at))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('is the same however it is cut on its way, also when it is broken', () => {
    const bytes = fc.constantFrom(...Buffer.from('\r\n0aA;: x\0\xff', 'latin1'));
    const changes = fc.array(fc.tuple(fc.nat(), bytes), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(body, extension, trailer, places, changes, (chunks, behind, end, at, changed) => {
        const encoded = encode(chunks, behind, end);
        for (const [place, byte] of changed) encoded[place % encoded.length] = byte;
        expect(read(CHUNKED, cut(encoded, at))).toBe(read(CHUNKED, [encoded]));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['size that is none', 'g\r\n'],
    ['size with a sign', '+3\r\npic\r\n'],
    ['size in another notation', '0x3\r\npic\r\n'],
    ['extension that is none', '3;a==b\r\npic\r\n0\r\n\r\n'],
    ['quote without an end', '3;a="b\r\npic\r\n0\r\n\r\n'],
    ['empty size', '\r\npic\r\n'],
    ['size before a space', '3 \r\npic\r\n0\r\n\r\n'],
    ['size beyond all numbers', 'fffffffffffffff\r\n'],
    ['size of too many digits', `${'0'.repeat(20)}3\r\npic\r\n0\r\n\r\n`],
    ['line that ends by LF alone', '3\npic\r\n0\r\n\r\n'],
    ['line with a CR in it', '3;\ra\r\npic\r\n0\r\n\r\n'],
    ['chunk that is longer than its size', '3\r\npict\r\n0\r\n\r\n'],
    ['chunk that is shorter than its size', '3\r\npi\r\n0\r\n\r\n'],
    ['trailer field that is none', '0\r\nnonsense\r\n\r\n'],
    ['trailer field that would be too late', '0\r\nContent-Length: 3\r\n\r\n'],
    ['line without an end', '3;'.padEnd(20_000, 'x')],
    ['little data between long lines', `1;${'x'.repeat(5000)}\r\nx\r\n`.repeat(4)],
    ['trailer that is too long', `0\r\n${'X: y\r\n'.repeat(5000)}\r\n`],
  ])('is an error with a %s', (_what, bytes) => {
    expect(read(CHUNKED, [Buffer.from(bytes)])).toBe('error');
  });

  test('that is followed by something ends before it', () => {
    const bytes = Buffer.from('3\r\npic\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
    expect(read(CHUNKED, [bytes])).toBe('surplus pic');
    expect(read(CHUNKED, cut(bytes, [13]))).toBe('surplus pic');
  });
});

describe('the end of a body', () => {
  const OK = 'HTTP/1.1 200 OK';
  test.each([
    ['by its length', `${OK}\r\nContent-Length: 3`, 'whole pic'],
    ['by its length, with zeros', `${OK}\r\nContent-Length: 0003`, 'whole pic'],
    ['before what came besides', `${OK}\r\nContent-Length: 2`, 'surplus pi'],
    ['by nothing but the connection', OK, 'more pic'],
    ['at once: no content', 'HTTP/1.1 204 No Content\r\nContent-Length: 3', 'surplus '],
    ['at once: not modified', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3', 'surplus '],
    ['nowhere: no number', `${OK}\r\nContent-Length: 3x`, 'error'],
    ['nowhere: a sign', `${OK}\r\nContent-Length: +3`, 'error'],
    ['nowhere: a list', `${OK}\r\nContent-Length: 3, 3`, 'error'],
    ['nowhere: two fields', `${OK}\r\nContent-Length: 3\r\ncontent-length: 3`, 'error'],
    ['nowhere: empty', `${OK}\r\nContent-Length:`, 'error'],
    ['nowhere: no safe number', `${OK}\r\nContent-Length: 9007199254740993`, 'error'],
    ['nowhere: a length and chunks', `${CHUNKED}\r\nContent-Length: 3`, 'error'],
    ['nowhere: chunks twice', `${CHUNKED}\r\nTransfer-Encoding: chunked`, 'error'],
    ['nowhere: chunks and more', `${OK}\r\nTransfer-Encoding: gzip, chunked`, 'error'],
    ['nowhere: chunks and less', `${OK}\r\nTransfer-Encoding: identity`, 'error'],
    ['nowhere: chunks and a space of another kind', `${CHUNKED}\xa0`, 'error'],
    ['nowhere: chunks in HTTP/1.0', CHUNKED.replace('1.1', '1.0'), 'error'],
  ])('is found: %s', (_what, head, expected) => {
    expect(read(head, [Buffer.from('pic')])).toBe(expected);
  });
});

describe('a head', () => {
  const OK = 'HTTP/1.1 200 OK';
  test.each([
    ['with fields', `${OK}\r\nA:b\r\nX-Y: \t z \r\nempty:`],
    ['without a reason', 'HTTP/1.1 200 '],
    ['without a reason and without a space', 'HTTP/1.1 200'],
    ['with a reason in Latin-1', 'HTTP/1.0 404 Pas trouv\xe9'],
    ['with every character of a name', `${OK}\r\na!#$%&'*+-.^_\`|~9: x`],
  ])('is read: %s', (_what, head) => {
    expect(parseHead(head)).toBeDefined();
  });

  test('gives names in any case, and fields of one name together', () => {
    const headers = parseHead(`${OK}\r\nX-A: one\r\nx-a: two`)?.headers;
    expect(headers?.get('X-a')).toBe('one, two');
  });

  test.each([
    ['another version', 'HTTP/2.0 200 OK'],
    ['a version that is none', 'HTTP/1.11 200 OK'],
    ['another protocol', 'ICY 200 OK'],
    ['small letters', 'http/1.1 200 OK'],
    ['two spaces', 'HTTP/1.1  200 OK'],
    ['a status of two digits', 'HTTP/1.1 20 OK'],
    ['a status of four digits', 'HTTP/1.1 2000 OK'],
    ['a status below 100', 'HTTP/1.1 099 OK'],
    ['a control character in the reason', 'HTTP/1.1 200 O\0K'],
    ['a space before the colon', `${OK}\r\nContent-Length : 3`],
    ['a folded line', `${OK}\r\nX: a\r\n b: c`],
    ['a line without a colon', `${OK}\r\nX`],
    ['a field without a name', `${OK}\r\n: x`],
    ['a name that is none', `${OK}\r\nX(: x`],
    ['an LF in a value', `${OK}\r\nX: a\nContent-Length: 3`],
    ['a CR in a value', `${OK}\r\nX: a\rContent-Length: 3`],
    ['a NUL in a value', `${OK}\r\nX: a\0b`],
    ['an escape in a value', `${OK}\r\nX: \x1b[2J`],
    ['hundreds of fields', OK + Array.from({ length: 300 }, (_, i) => `\r\nX${i}: y`).join('')],
  ])('is refused with %s', (_what, head) => {
    expect(parseHead(head)).toBeUndefined();
  });
  test.each([
    ['spaces before what is not allowed', `${OK}\r\nX:${' '.repeat(100_000)}\0`],
    ['spaces behind a value', `${OK}\r\nX: y${' '.repeat(100_000)}\0`],
    ['a name that does not end', `${OK}\r\n${'x'.repeat(100_000)}`],
    ['fields without an end', `${OK}\r\n${'x:\r\n'.repeat(100_000)}`],
  ])('costs little where it is made to cost much: %s', (_what, head) => {
    const since = performance.now();
    expect(parseHead(head)).toBeUndefined();
    expect(performance.now() - since).toBeLessThan(2000);
  });
});
