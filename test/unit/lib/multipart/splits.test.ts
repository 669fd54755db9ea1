import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { BOUNDARY, bytes, END, outcome, wirePart } from './bodies.ts';

// Pieces that look like parts of a delimiter, so that generated contents are full of what is nearly a boundary.
const nearBoundary = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '-',
  '--',
  ' ',
  '\r\n--',
  `--${BOUNDARY}`,
  `\r\n--${BOUNDARY}`,
  `\r\n--${BOUNDARY}X`,
  `\r\n--${BOUNDARY.slice(0, -1)}`,
  `\r\n--${BOUNDARY}-`,
  `\r\n--${BOUNDARY} \t`,
);
const piece = fc.oneof(
  nearBoundary,
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
);
const soup = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const delimiterLine = new RegExp(`\r\n--${BOUNDARY}(?:--|[ \t]{0,64}\r\n)`);
/** Contents in which no line is a boundary. */
const content = soup.filter(
  (text) => `\r\n${text}\r\n--${BOUNDARY}\r\n`.search(delimiterLine) === text.length + 2,
);
const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 700 })), {
  maxLength: 60,
});

test('any parts arrive as they were, however the body is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 5 }), sizes, async (contents, cuts) => {
      const wire = bytes(contents.map((text, i) => wirePart(`name="${i}"`, text)).join('') + END);
      const parts = contents.map((text, i) => ({
        name: `${i}`,
        filename: undefined,
        contentType: undefined,
        content: text,
      }));
      expect(await outcome(wire, cuts)).toEqual(parts);
    }),
    { numRuns: 500 },
  );
});

test('any bytes, even malformed, give the same outcome however they are cut', async () => {
  const lines = fc.constantFrom(
    `--${BOUNDARY}\r\n`,
    `\r\n--${BOUNDARY}\r\n`,
    `\r\n--${BOUNDARY}--`,
    `\r\n--${BOUNDARY}${' '.repeat(64)}\r\n`,
    `\r\n--${BOUNDARY}${' '.repeat(65)}\r\n`,
    'Content-Disposition: form-data; name="a"\r\n',
    'Content-Disposition: form-data; name="a"; filename="b"\r\n\r\n',
    'X: y\r\n',
    '\r\n\r\n',
    'x'.repeat(600),
  );
  const wires = fc.array(fc.oneof(lines, lines, piece), { maxLength: 20 }).map((all) => bytes(all.join('')));
  const limits = { maxParts: 3, maxHeaderBytes: 300, maxPreambleBytes: 500 };
  await fc.assert(
    fc.asyncProperty(wires, sizes, fc.boolean(), async (rest, cuts, opened) => {
      const wire = opened ? Buffer.concat([bytes(wirePart('name="a"', 'A').trimEnd()), rest]) : rest;
      const whole = await outcome(wire, [], limits);
      expect(String(whole)).not.toStartWith('unexpected');
      expect(await outcome(wire, cuts, limits)).toEqual(whole);
      expect(await outcome(wire, Array(wire.length).fill(1), limits)).toEqual(whole);
    }),
    { numRuns: 400 },
  );
});

test('a body cut in two anywhere is the same body', async () => {
  const wire = bytes(
    `preamble\r\n${wirePart('name="a"', `\r\n--${BOUNDARY}X\r`, 'X-Long: '.padEnd(700, 'x').concat('\r\n'))}` +
      `${wirePart('name="b"; filename="c"', '\r\n\r\n', 'Content-Type: a/b\r\n')}${END}epilogue`,
  );
  const whole = await outcome(wire);
  expect(whole).toHaveLength(2);
  for (let cut = 0; cut <= wire.length; cut++) expect(await outcome(wire, [cut])).toEqual(whole);
});
