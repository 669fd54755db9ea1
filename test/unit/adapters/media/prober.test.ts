import { afterAll, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createProber, type MediaFacts } from '../../../../src/adapters/media/index.ts';
import { bytesOf, concat, failure, inMemory, names, onDisk, outcome, pathOf, quiet } from './fixtures.ts';

const prober = createProber({ maxImagePixels: 100_000_000, log: quiet });
afterAll(() => prober.close());

const fixture = (name: string) => outcome(prober.probe(inMemory(bytesOf(name), pathOf(name))));

/** Name, type, extension, width, height, frames. */
const pictures = [
  ['plain.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['progressive.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['trailing.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['exif-thumbnail.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['orientation-1.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['orientation-3.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['orientation-6.jpg', 'image/jpeg', 'jpg', 48, 64, 1],
  ['orientation-8.jpg', 'image/jpeg', 'jpg', 48, 64, 1],
  ['polyglot-zip.jpg', 'image/jpeg', 'jpg', 64, 48, 1],
  ['photo.jpg', 'image/jpeg', 'jpg', 1200, 900, 1],
  ['plain.png', 'image/png', 'png', 64, 48, 1],
  ['animated.apng.png', 'image/png', 'png', 64, 48, 5],
  ['tiny.gif', 'image/gif', 'gif', 16, 12, 1],
  ['animated.gif', 'image/gif', 'gif', 64, 48, 5],
  ['polyglot-html.gif', 'image/gif', 'gif', 16, 12, 1],
  ['plain.webp', 'image/webp', 'webp', 64, 48, 1],
  ['lossless.webp', 'image/webp', 'webp', 64, 48, 1],
  ['animated.webp', 'image/webp', 'webp', 64, 48, 5],
  ['plain.avif', 'image/avif', 'avif', 64, 48, 1],
  ['plain.heic', 'image/heic', 'heic', 64, 48, 1],
  ['rotated.heic', 'image/heic', 'heic', 48, 64, 1],
  ['plain.tif', 'image/tiff', 'tif', 64, 48, 1],
  ['tiled.tif', 'image/tiff', 'tif', 64, 48, 1],
  ['big.tif', 'image/tiff', 'tif', 64, 48, 1],
  ['pages.tif', 'image/tiff', 'tif', 64, 48, 5],
] as const;

/** Name, type, extension, width, height, ms, codec. */
const films = [
  ['index-first.mp4', 'video/mp4', 'mp4', 64, 48, 1000, 'h264'],
  ['index-last.mp4', 'video/mp4', 'mp4', 64, 48, 1000, 'h264'],
  ['fragmented.mp4', 'video/mp4', 'mp4', 64, 48, 1200, 'h264'],
  ['rotated.mp4', 'video/mp4', 'mp4', 48, 64, 1000, 'h264'],
  ['wide-pixels.mp4', 'video/mp4', 'mp4', 128, 48, 1000, 'h264'],
  ['hevc.mp4', 'video/mp4', 'mp4', 64, 48, 1000, 'h265'],
  ['plain.mov', 'video/quicktime', 'mov', 64, 48, 1000, 'h264'],
  ['plain.webm', 'video/webm', 'webm', 64, 48, 1008, 'vp9'],
  ['plain.mkv', 'video/matroska', 'mkv', 64, 48, 1008, 'h264'],
  ['plain.avi', 'video/vnd.avi', 'avi', null, null, null, null],
  ['plain.wmv', 'video/x-ms-wmv', 'wmv', null, null, null, null],
  ['plain.flv', 'video/x-flv', 'flv', null, null, null, null],
  ['plain.mpg', 'video/mpeg', 'mpg', null, null, null, null],
  ['sound-first.wmv', 'video/x-ms-wmv', 'wmv', null, null, null, null],
  ['plain.m2ts', 'video/mp2t', 'ts', 64, 48, 1024, 'h264'],
  ['mpeg2.m2ts', 'video/mp2t', 'ts', null, null, 1008, null],
  ['plain.ogv', 'video/ogg', 'ogv', null, null, null, null],
] as const;

/** Name, type, extension, ms, codec. */
const sounds = [
  ['plain.mp3', 'audio/mpeg', 'mp3', 1032, 'mp3'],
  ['cover.mp3', 'audio/mpeg', 'mp3', 1032, 'mp3'],
  ['no-index.mp3', 'audio/mpeg', 'mp3', 1032, 'mp3'],
  ['plain.wav', 'audio/wav', 'wav', 1000, 'pcm-s16'],
  ['adpcm.wav', 'audio/wav', 'wav', null, null],
  ['plain.flac', 'audio/flac', 'flac', 1000, 'flac'],
  ['plain.opus.ogg', 'audio/ogg', 'ogg', 1000, 'opus'],
  ['plain.m4a', 'audio/mp4', 'm4a', 1000, 'aac'],
  ['sound-only.mp4', 'audio/mp4', 'm4a', 1000, 'aac'],
  ['sound-only.webm', 'audio/webm', 'webm', 1008, 'opus'],
  ['plain.aac', 'audio/aac', 'aac', 1024, 'aac'],
  ['plain.aiff', 'audio/aiff', 'aif', null, null],
  ['plain.wma', 'audio/x-ms-wma', 'wma', null, null],
] as const;

const rejected = [
  ['picture.svg', 'FILE_TYPE_NOT_ALLOWED'],
  ['page-html.jpg', 'FILE_TYPE_NOT_ALLOWED'],
  ['plain.bmp', 'IMAGE_FORMAT_UNSUPPORTED'],
  ['plain.jxl', 'IMAGE_FORMAT_UNSUPPORTED'],
  ['plain.ico', 'IMAGE_FORMAT_UNSUPPORTED'],
  ['header-only.psd', 'IMAGE_FORMAT_UNSUPPORTED'],
  ['huge-claim.png', 'IMAGE_TOO_LARGE'],
  ['gif-magic-html.gif', 'FILE_DAMAGED'],
] as const;

describe('facts of whole files', () => {
  test.each(pictures)('%s', async (name, mimeType, extension, width, height, frames) => {
    const facts: MediaFacts = {
      kind: 'IMAGE',
      mimeType,
      extension,
      width,
      height,
      durationMs: null,
      codec: null,
      frames,
    };
    expect(await fixture(name)).toEqual(facts);
    expect(await outcome(prober.probe(onDisk(pathOf(name))))).toEqual(facts);
  });

  test.each(films)('%s', async (name, mimeType, extension, width, height, durationMs, codec) => {
    const facts: MediaFacts = {
      kind: 'VIDEO',
      mimeType,
      extension,
      width,
      height,
      durationMs,
      codec,
      frames: null,
    };
    expect(await fixture(name)).toEqual(facts);
    expect(await outcome(prober.probe(onDisk(pathOf(name))))).toEqual(facts);
  });

  test.each(sounds)('%s', async (name, mimeType, extension, durationMs, codec) => {
    const facts: MediaFacts = {
      kind: 'AUDIO',
      mimeType,
      extension,
      width: null,
      height: null,
      durationMs,
      codec,
      frames: null,
    };
    expect(await fixture(name)).toEqual(facts);
    expect(await outcome(prober.probe(onDisk(pathOf(name))))).toEqual(facts);
  });

  test('every fixture has its expectation', () => {
    const known = [...pictures, ...films, ...sounds, ...rejected].map(([name]) => name as string);
    expect(names(/./).filter((name) => !known.includes(name))).toEqual(['memory.mp4', 'spin.mp4']);
  });
});

describe('what is not accepted', () => {
  test.each(rejected)('%s is %s', async (name, code) => {
    expect(await fixture(name)).toBe(code);
    expect(await outcome(prober.probe(onDisk(pathOf(name))))).toBe(code);
  });

  const texts = [
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '\n\t <svg xmlns="http://www.w3.org/2000/svg"/>',
    '\ufeff<?xml version="1.0"?><svg/>',
    '<!-- GIF89a --><html></html>',
    '<!DOCTYPE html><p>hi',
    '%PDF-1.7\n%%EOF',
    'PK\x03\x04 not a picture',
    'plain words',
    '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n',
    '\0\0\0\0\0\0\0\0',
    'x',
  ];
  test.each(texts)('%j is FILE_TYPE_NOT_ALLOWED', async (text) => {
    expect(await outcome(prober.probe(inMemory(concat(text))))).toBe('FILE_TYPE_NOT_ALLOWED');
  });

  test('no bytes are FILE_EMPTY', async () => {
    expect(await outcome(prober.probe(inMemory(new Uint8Array())))).toBe('FILE_EMPTY');
  });

  test('markup before or after a byte order mark of any width is no picture', async () => {
    for (const mark of [[0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff], []]) {
      const bytes = concat(mark, '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>');
      expect(await outcome(prober.probe(inMemory(bytes)))).toBe('FILE_TYPE_NOT_ALLOWED');
    }
  });

  test('HTML behind an ID3 tag is not a sound', async () => {
    const bytes = concat('ID3', [3, 0, 0, 0, 0, 0, 4], 'abcd', '<html><script>alert(1)</script>');
    expect(['FILE_TYPE_NOT_ALLOWED', 'FILE_DAMAGED']).toContain(
      (await outcome(prober.probe(await spooled(bytes)))) as string,
    );
  });

  test('a picture behind an ID3 tag is neither sound nor picture', async () => {
    const bytes = concat('ID3', [3, 0, 0, 0, 0, 0, 4], 'abcd', bytesOf('plain.png'));
    expect(await outcome(prober.probe(inMemory(bytes)))).toBe('FILE_TYPE_NOT_ALLOWED');
  });

  test('an ID3 tag that ends beyond the file is FILE_DAMAGED', async () => {
    const bytes = concat('ID3', [3, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f], 'abcd');
    expect(await outcome(prober.probe(inMemory(bytes)))).toBe('FILE_DAMAGED');
  });
});

test.each(['plain.jpg', 'plain.png', 'plain.webp', 'orientation-6.jpg', 'index-last.mp4', 'plain.mp3'])(
  'a file that is still being written: %s',
  async (name) => {
    const bytes = bytesOf(name);
    const directory = await mkdtemp(join(tmpdir(), 'stockroom-written-'));
    try {
      const path = join(directory, name);
      const input = {
        ...inMemory(bytes, path),
        // Not before somebody waits for it.
        get written() {
          return writeFile(path, bytes);
        },
      };
      const facts = await outcome(prober.probe(input));
      expect(facts).toEqual(await outcome(prober.probe(inMemory(bytes))));
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);

describe('damage', () => {
  const whole = names(
    /^(plain|animated|tiny|progressive|orientation-1|photo|pages)\.(\S+\.)?(jpg|png|gif|webp|avif|heic|tif)$/,
  );

  test('a picture cut anywhere is never accepted', async () => {
    const cut = fc.tuple(
      fc.constantFrom(...whole),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(cut, async ([name, part]) => {
        const bytes = bytesOf(name);
        const end = Math.max(1, Math.floor(bytes.length * part));
        const result = await outcome(prober.probe(inMemory(bytes.subarray(0, end))));
        expect(['FILE_DAMAGED', 'FILE_TYPE_NOT_ALLOWED']).toContain(result as string);
      }),
      { numRuns: 300 },
    );
  });

  test('a container of a known format without readable tracks is FILE_DAMAGED', async () => {
    const flac = concat(bytesOf('plain.flac').subarray(0, 20));
    expect(await outcome(prober.probe(await spooled(flac)))).toBe('FILE_DAMAGED');
    const mp4 = bytesOf('index-first.mp4');
    mp4.fill(0, Buffer.from(mp4).indexOf('moov') + 4, Buffer.from(mp4).indexOf('mdat') - 4);
    expect(await outcome(prober.probe(await spooled(mp4)))).toBe('FILE_DAMAGED');
  });

  test('an MP4 cut within its sample data is FILE_DAMAGED', async () => {
    const bytes = bytesOf('index-first.mp4');
    expect(await outcome(prober.probe(await spooled(bytes.subarray(0, -100))))).toBe('FILE_DAMAGED');
  });
});

describe('pixel limits', () => {
  const limited = createProber({ maxImagePixels: 64 * 48, log: quiet });
  const narrow = createProber({ maxImagePixels: 64 * 48 - 1, log: quiet });
  const probeIn = (one: typeof limited, name: string) => outcome(one.probe(inMemory(bytesOf(name))));

  test.each([
    'plain.jpg',
    'plain.png',
    'animated.gif',
    'animated.webp',
    'plain.avif',
    'plain.heic',
    'plain.tif',
  ])('%s passes at its own size and fails one pixel below', async (name) => {
    expect(await probeIn(limited, name)).toMatchObject({ width: 64, height: 48 });
    expect(await probeIn(narrow, name)).toBe('IMAGE_TOO_LARGE');
  });

  test('an animation may not exceed ten pictures by its frames', async () => {
    const bytes = bytesOf('animated.apng.png');
    new DataView(bytes.buffer).setUint32(Buffer.from(bytes).indexOf('acTL') + 4, 11);
    expect(await outcome(limited.probe(inMemory(bytes)))).toBe('IMAGE_TOO_LARGE');
    expect(await outcome(prober.probe(inMemory(bytes)))).toMatchObject({ frames: 11 });
  });
});

describe('hostile files', () => {
  test('a file that makes the reader spin is PROBE_TIMEOUT, while the event loop goes on', async () => {
    const hasty = createProber({ maxImagePixels: 1, deadlineMs: 400, log: quiet });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    expect(await outcome(hasty.probe(onDisk(pathOf('spin.mp4'))))).toBe('PROBE_TIMEOUT');
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(15);
    await hasty.close();
  });

  test('other files are examined while one spins, and after it', async () => {
    const hasty = createProber({ maxImagePixels: 1, deadlineMs: 400, workers: 2, log: quiet });
    const order: string[] = [];
    const note = (name: string) => (result: unknown) => order.push(`${name} ${typeof result}`);
    await Promise.all([
      outcome(hasty.probe(onDisk(pathOf('spin.mp4')))).then(note('spin')),
      outcome(hasty.probe(onDisk(pathOf('index-first.mp4')))).then(note('film')),
    ]);
    expect(order).toEqual(['film object', 'spin string']);
    expect(await outcome(hasty.probe(onDisk(pathOf('plain.webm'))))).toMatchObject({ codec: 'vp9' });
    await hasty.close();
  });

  test('a file that fills memory is ended long before its deadline', async () => {
    const patient = createProber({ maxImagePixels: 1, deadlineMs: 30_000, log: quiet });
    expect(await outcome(patient.probe(onDisk(pathOf('memory.mp4'))))).toBe('FILE_DAMAGED');
    await patient.close();
  });

  test('an upload that is given up stops at once', async () => {
    const controller = new AbortController();
    const probing = prober.probe(onDisk(pathOf('spin.mp4')), controller.signal);
    setTimeout(() => controller.abort(new Error('left')), 50);
    expect(await failure(probing)).toBe('left');
  });

  test.skipIf(process.platform !== 'linux')('leaves no file descriptor open', async () => {
    const some = ['plain.jpg', 'index-last.mp4', 'cover.mp3', 'plain.heic', 'page-html.jpg'];
    const round = () => Promise.all(some.map((name) => outcome(prober.probe(onDisk(pathOf(name))))));
    await round();
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 20; i++) await round();
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 1);
  });
});

const folder = await mkdtemp(join(tmpdir(), 'prober-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;

async function spooled(bytes: Uint8Array) {
  const path = join(folder, String(files++));
  await writeFile(path, bytes);
  return onDisk(path);
}
