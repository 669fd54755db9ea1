import { describe, expect, test } from 'bun:test';
import { parseMultipart, readField } from '../../../../src/lib/multipart/index.ts';
import { BOUNDARY, bytes, END, inChunks, LIMITS, outcome, readAll, wirePart } from './bodies.ts';

const field = (name: string, content: string) => ({
  name,
  filename: undefined,
  contentType: undefined,
  content,
});

describe('bodies of real clients', () => {
  test('curl', async () => {
    const wire = [
      '--------------------------d74496d66958873e\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
      '--------------------------d74496d66958873e\r\nContent-Disposition: form-data; name="f"; filename="x.png"\r\n',
      'Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--------------------------d74496d66958873e--\r\n',
    ].join('');
    expect(await readAll(inChunks(bytes(wire)), '------------------------d74496d66958873e')).toEqual([
      field('a', '1'),
      { name: 'f', filename: 'x.png', contentType: 'image/png', content: '\x89PNG\r\n\x1a\n' },
    ]);
  });

  test('Apollo: operations, map, files', async () => {
    const wire =
      wirePart('name="operations"', '{"query":"mutation"}') +
      wirePart('name="map"', '{"0":["variables.file"]}') +
      wirePart('name="0"; filename="blob"', '\xff\xd8', 'Content-Type: application/octet-stream\r\n') +
      END;
    const parts = await readAll(inChunks(bytes(wire)));
    expect(parts.map((part) => [part.name, part.filename, part.content])).toEqual([
      ['operations', undefined, '{"query":"mutation"}'],
      ['map', undefined, '{"0":["variables.file"]}'],
      ['0', 'blob', '\xff\xd8'],
    ]);
  });

  test('FormData, as this runtime writes it', async () => {
    const form = new FormData();
    form.append('text', 'Grüße\r\n你');
    form.append('file', new File(['content'], 'a "b" 你.txt', { type: 'text/x-test' }));
    form.append('nameless', new Blob(['x']), '');
    const response = new Response(form);
    const boundary = /boundary="?([^"]+)/.exec(response.headers.get('content-type') ?? '')?.[1];
    const parts = await readAll(response.body ?? inChunks(bytes('')), boundary);
    expect(parts.map((part) => part.filename)).toEqual([undefined, 'a "b" 你.txt', '']);
    expect(parts.map((part) => bytes(part.content).toString())).toEqual(['Grüße\r\n你', 'content', 'x']);
  });
});

describe('boundaries', () => {
  const one = wirePart('name="a"', 'A');
  test.each([
    ['a form without parts', END, []],
    ['no line end after the last boundary', one + END.trimEnd(), [field('a', 'A')]],
    ['a preamble', `Hello\r\n${one}${END}`, [field('a', 'A')]],
    ['an empty line first', `\r\n${one}${END}`, [field('a', 'A')]],
    ['an epilogue, with boundaries in it', `${one}${END}${one}${END}`, [field('a', 'A')]],
    ['padding after a boundary', one.replace('\r\n', ' \t \r\n') + END, [field('a', 'A')]],
    ['the longest padding', one.replace('\r\n', `${' '.repeat(64)}\r\n`) + END, [field('a', 'A')]],
    ['an empty part', wirePart('name="a"', '') + END, [field('a', '')]],
    [
      'a part without an empty line before the next boundary',
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${one}${END}`,
      [field('a', ''), field('a', 'A')],
    ],
  ])('%s', async (_, wire, parts) => {
    expect(await outcome(bytes(wire))).toEqual(parts);
  });

  test.each([
    `\r\n--${BOUNDARY}X\r\n`,
    `\r\n--${BOUNDARY}-\r\n`,
    `\r\n--${BOUNDARY} x\r\n`,
    `\r\n--${BOUNDARY}\n`,
    `\r\n--${BOUNDARY}\r`,
    `\r\n--${BOUNDARY}${' '.repeat(65)}\r\n`,
    `\n--${BOUNDARY}--\r\n`,
    `x--${BOUNDARY}\r\n`,
    `\r\n--${BOUNDARY.toLowerCase()}\r\n`,
    '\r\n\r\n\r\n--\r\n-\r',
  ])('%j is content', async (content) => {
    expect(await outcome(bytes(wirePart('name="a"', content) + END))).toEqual([field('a', content)]);
  });

  test.each([
    ['nothing', ''],
    ['only a preamble', 'Hello'],
    ['only a boundary', `--${BOUNDARY}\r\n`],
    ['a cut header', one.slice(0, 30)],
    ['a cut body', one.trimEnd()],
    ['no last boundary', one],
    ['half of the last boundary', one + END.slice(0, -3)],
  ])('%s is truncated', async (_, wire) => {
    expect(await outcome(bytes(wire))).toBe('truncated');
  });
});

describe('limits', () => {
  const three = bytes(
    wirePart('name="a"', '') + wirePart('name="b"; filename=""', '') + wirePart('name="c"', '') + END,
  );
  test('all parts count', async () => {
    expect(await outcome(three, [], { ...LIMITS, maxParts: 3 })).toHaveLength(3);
    expect(await outcome(three, [], { ...LIMITS, maxParts: 2 })).toBe('too-many-parts');
  });

  test('a header block may have the limit and no more, however it is cut', async () => {
    const block = 'Content-Disposition: form-data; name="a"';
    const wire = bytes(wirePart('name="a"', '') + END);
    for (const sizes of [[], Array(wire.length).fill(1)]) {
      expect(await outcome(wire, sizes, { ...LIMITS, maxHeaderBytes: block.length })).toHaveLength(1);
      expect(await outcome(wire, sizes, { ...LIMITS, maxHeaderBytes: block.length - 1 })).toBe(
        'header-too-large',
      );
    }
  });

  test('a header that never ends is refused before it is held', async () => {
    let sent = 0;
    async function* endless() {
      yield bytes(`--${BOUNDARY}\r\n`);
      for (;;) {
        sent += 1000;
        yield bytes('X-Header: x'.padEnd(998, 'x').concat('\r\n'));
      }
    }
    await expect(readAll(endless())).rejects.toHaveProperty('reason', 'header-too-large');
    expect(sent).toBeLessThan(20_000);
  });

  test('a long preamble is refused', async () => {
    const wire = (size: number) => bytes(`${'x'.repeat(size)}\r\n${END}`);
    expect(await outcome(wire(1024))).toEqual([]);
    expect(await outcome(wire(1025))).toBe('preamble-too-large');
  });

  test('readField gives a copy, and fails above its limit', async () => {
    const wire = bytes(wirePart('name="a"', 'four') + wirePart('name="b"', 'four') + END);
    const parser = parseMultipart(inChunks(wire, Array(wire.length).fill(1)), BOUNDARY, LIMITS);
    const first = (await parser.next()).value;
    expect(first && (await readField(first, 4))).toEqual(bytes('four'));
    const second = (await parser.next()).value;
    await expect(second && readField(second, 3)).rejects.toHaveProperty('reason', 'field-too-large');
    expect(await parser.next()).toEqual({ done: true, value: undefined });
  });
});

test('ten thousand small parts in one chunk', async () => {
  const wire = bytes(
    Array.from({ length: 10_000 }, (_, i) => wirePart(`name="${i}"`, `${i}`)).join('') + END,
  );
  const parts = await readAll(inChunks(wire), BOUNDARY, { ...LIMITS, maxParts: 10_000 });
  expect(parts.every((part, i) => part.name === `${i}` && part.content === `${i}`)).toBe(true);
  expect(parts).toHaveLength(10_000);
});
