import { describe, expect, test } from 'bun:test';
import { type Part, parseMultipart, readField } from '../../../../src/lib/multipart/index.ts';
import { BOUNDARY, bytes, END, inChunks, LIMITS, wirePart } from './bodies.ts';

const FILE = wirePart('name="f"; filename="f"', 'x'.repeat(1000));

/** A source that counts what was taken from it and notes when it was let go. */
function counted(pieces: readonly (string | Error)[]) {
  const state = { taken: 0, released: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of pieces) {
        state.taken++;
        if (piece instanceof Error) throw piece;
        yield bytes(piece);
      }
    } finally {
      state.released = true;
    }
  }
  return { state, parser: parseMultipart(chunks(), BOUNDARY, LIMITS) };
}

async function nextPart(parser: AsyncGenerator<Part, void>): Promise<Part> {
  const { value } = await parser.next();
  if (!value) throw new Error('There is no other part.');
  return value;
}

describe('the source', () => {
  test('is read only when bytes are asked for', async () => {
    const { parser, state } = counted([FILE.slice(0, 500), FILE.slice(500, 800), FILE.slice(800), END]);
    expect(state.taken).toBe(0);
    const part = await nextPart(parser);
    expect(state.taken).toBe(1);
    const body = part.body[Symbol.asyncIterator]();
    await body.next();
    expect(state.taken).toBe(1);
    await body.next();
    expect(state.taken).toBe(2);
  });

  test('is let go when the parser is ended, and a waiting reader fails', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes(FILE.slice(0, -10))),
      cancel: () => {
        cancelled = true;
      },
    });
    const parser = parseMultipart(stream, BOUNDARY, LIMITS);
    const part = await nextPart(parser);
    const waiting = readField(part, 10_000);
    await parser.return();
    expect(cancelled).toBe(true);
    expect(stream.locked).toBe(false);
    await expect(waiting).rejects.toHaveProperty('reason', 'abandoned');
  });

  test('that hangs does not keep the parser from ending', async () => {
    async function* hanging(): AsyncGenerator<Uint8Array> {
      yield bytes(FILE.slice(0, 500));
      await new Promise(() => {});
    }
    const parser = parseMultipart(hanging(), BOUNDARY, LIMITS);
    const body = (await nextPart(parser)).body[Symbol.asyncIterator]();
    await body.next();
    void body.next();
    expect(await parser.return()).toEqual({ done: true, value: undefined });
  });

  test('is let go after a malformed part and at the end', async () => {
    const malformed = counted([`--${BOUNDARY}\r\nx\r\n\r\n`, END]);
    await expect(malformed.parser.next()).rejects.toHaveProperty('reason', 'malformed');
    expect(malformed.state.released).toBe(true);
    const whole = counted([END, 'epilogue', 'epilogue']);
    expect(await whole.parser.next()).toEqual({ done: true, value: undefined });
    expect(whole.state).toEqual({ taken: 3, released: true });
  });

  test('that fails makes the reader fail and every later one too, with the same error', async () => {
    const failure = new Error('The client left.');
    const { parser } = counted([FILE.slice(0, 500), failure]);
    const part = await nextPart(parser);
    await expect(readField(part, 10_000)).rejects.toBe(failure);
    await expect(parser.next()).rejects.toBe(failure);
    expect(await parser.next()).toEqual({ done: true, value: undefined });
  });

  test('that fails while nobody reads a part makes the parser fail', async () => {
    const failure = new Error('The client left.');
    const { parser } = counted([FILE.slice(0, 500), failure]);
    await nextPart(parser);
    await expect(parser.next()).rejects.toBe(failure);
  });

  test('may give empty chunks', async () => {
    const { parser } = counted(['', FILE.slice(0, 500), '', '', FILE.slice(500), '', END, '']);
    expect(await readField(await nextPart(parser), 1000)).toHaveLength(1000);
  });
});

describe('a part', () => {
  test('left unread or half read is skipped', async () => {
    const { parser } = counted([FILE, FILE.slice(0, 500), FILE.slice(500), wirePart('name="z"', 'Z'), END]);
    await nextPart(parser);
    const second = await nextPart(parser);
    for await (const _ of second.body) break;
    const third = await nextPart(parser);
    expect(await readField(third, 1)).toEqual(bytes('Z'));
  });

  test('never ends as if complete when the parser has gone on', async () => {
    const { parser } = counted([FILE.slice(0, 500), FILE.slice(500), wirePart('name="z"', 'Z'), END]);
    const late = await nextPart(parser);
    const reading = late.body[Symbol.asyncIterator]();
    await reading.next();
    const next = parser.next();
    await expect(reading.next()).rejects.toHaveProperty('reason', 'abandoned');
    const { value } = await next;
    expect(value && (await readField(value, 1))).toEqual(bytes('Z'));
  });

  test('loses nothing of the next one when its reader waits while the parser goes on', async () => {
    const rest = `${'x'.repeat(1000)}${FILE.slice(500)}${wirePart('name="z"', 'Z')}`;
    const { parser } = counted([`${FILE.slice(0, 500)}\r`, rest, END]);
    const late = (await nextPart(parser)).body[Symbol.asyncIterator]();
    await late.next();
    const waiting = late.next();
    const next = parser.next();
    await expect(waiting).rejects.toHaveProperty('reason', 'abandoned');
    const { value } = await next;
    expect(value?.name).toBe('z');
  });

  test('can be asked for several chunks at once', async () => {
    const { parser } = counted([FILE.slice(0, 500), FILE.slice(500), END]);
    const body = (await nextPart(parser)).body[Symbol.asyncIterator]();
    const steps = await Promise.all([body.next(), body.next(), body.next()]);
    expect(steps.map((step) => step.done)).toEqual([false, false, true]);
  });

  test('cannot be read twice', async () => {
    const { parser } = counted([FILE, END]);
    const part = await nextPart(parser);
    await readField(part, 1000);
    await expect(readField(part, 1000)).rejects.toThrow(TypeError);
  });

  test('is passed on without copies, but for a few bytes where a boundary may have been cut', async () => {
    const chunk = bytes(wirePart('name="f"; filename="f"', `${'x'.repeat(99_999)}\r`.repeat(3)) + END);
    let copied = 0;
    const source = inChunks(chunk, [100_000, 100_150]);
    for await (const view of (await nextPart(parseMultipart(source, BOUNDARY, LIMITS))).body) {
      if (view.buffer !== chunk.buffer) copied += view.byteLength;
    }
    expect(copied).toBeLessThan(2000);
  });
});

test('300 MB go through in bounded memory', async () => {
  const size = 256 * 1024;
  const count = 1200;
  async function* large(): AsyncGenerator<Uint8Array> {
    yield bytes(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n`);
    for (let i = 0; i < count; i++) {
      // As in any runtime's own stream: each chunk is new, and old ones are collected in time.
      if (i % 64 === 0) Bun.gc(true);
      yield Buffer.alloc(size, `\r\n--${BOUNDARY.slice(0, 5)}`);
    }
    yield bytes(`\r\n${END}`);
  }
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  let highest = before;
  let total = 0;
  for await (const part of parseMultipart(large(), BOUNDARY, LIMITS)) {
    for await (const chunk of part.body) {
      total += chunk.byteLength;
      highest = Math.max(highest, process.memoryUsage.rss());
    }
  }
  expect(total).toBe(size * count);
  expect(highest - before).toBeLessThan(64 * 1024 * 1024);
});
