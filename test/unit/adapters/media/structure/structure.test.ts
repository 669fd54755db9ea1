import { describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type StructureWalk,
  walkBytes,
  walkFile,
  walkGif,
  walkIsoMovie,
  walkIsoPicture,
  walkJpeg,
  walkPng,
  walkTiff,
  walkWebp,
} from '../../../../../src/adapters/media/structure/index.ts';
import { bytesOf, concat, failure, pathOf } from '../fixtures.ts';

const jpegs = ['plain', 'progressive', 'exif-thumbnail', 'orientation-6'].map((name) => `${name}.jpg`);
const small: readonly (readonly [StructureWalk, readonly string[]])[] = [
  [walkJpeg, jpegs],
  [walkPng, ['plain.png', 'animated.apng.png', 'huge-claim.png']],
  [walkGif, ['tiny.gif', 'animated.gif', 'polyglot-html.gif']],
  [walkWebp, ['plain.webp', 'lossless.webp', 'animated.webp']],
  [walkIsoPicture, ['plain.avif', 'plain.heic', 'rotated.heic']],
  [walkTiff, ['plain.tif', 'tiled.tif', 'big.tif', 'pages.tif']],
  [walkIsoMovie, ['index-first.mp4', 'index-last.mp4', 'plain.mov', 'plain.m4a']],
];
const pairs = small.flatMap(([walk, files]) => files.map((name) => [name, walk] as const));
/** What is in memory answers at once; the promise only lets other work in between. */
const isWhole = async (walk: StructureWalk, bytes: Uint8Array) => (await walkBytes(walk, bytes)) !== null;

describe.each(pairs)('%s', (name, walk) => {
  const bytes = bytesOf(name);

  test('is whole', async () => {
    expect(await isWhole(walk, bytes)).toBe(true);
  });

  test('is damaged when cut anywhere', async () => {
    const accepted: number[] = [];
    for (let end = 0; end < bytes.length; end++) {
      if (await isWhole(walk, bytes.subarray(0, end))) accepted.push(end);
    }
    expect(accepted).toEqual([]);
  });

  test('stays whole with bytes appended', async () => {
    for (const tail of [
      new Uint8Array(1),
      new Uint8Array(3000),
      concat('\0\0SEFT'),
      concat('PK\x03\x04zip'),
    ]) {
      expect(await isWhole(walk, concat(bytes, tail))).toBe(true);
    }
  });

  test('ends for any change of its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), {
          maxLength: 8,
        }),
        async (changes) => {
          const changed = bytes.slice();
          for (const [at, value] of changes) changed[at] = value;
          await walkBytes(walk, changed);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('is walked on disk as in memory', async () => {
    expect(await walkFile(walk, pathOf(name), bytes.length)).toEqual(await walkBytes(walk, bytes));
  });
});

describe('a photograph', () => {
  const photo = bytesOf('photo.jpg');

  test('is damaged when cut at any of many random places', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: photo.length - 1 }), async (end) => {
        expect(await isWhole(walkJpeg, photo.subarray(0, end))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('is damaged when cut, on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'structure-'));
    try {
      for (const end of [2, 65_536, 65_537, 131_071, photo.length - 1]) {
        const path = join(folder, `${end}.jpg`);
        await writeFile(path, photo.subarray(0, end));
        expect(await walkFile(walkJpeg, path, end)).toBeNull();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('JPEG', () => {
  const plain = bytesOf('plain.jpg');

  test('the end of an embedded thumbnail is not the end of the picture', async () => {
    const bytes = bytesOf('exif-thumbnail.jpg');
    const thumbnailEnd = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xd9])) + 2;
    expect(thumbnailEnd).toBeLessThan(bytes.length);
    expect(await isWhole(walkJpeg, bytes.subarray(0, thumbnailEnd))).toBe(false);
  });

  test('fill bytes before a marker are skipped, also across a window', async () => {
    for (const count of [1, 2, 65_535, 65_536, 70_000, 70_001]) {
      const filled = concat(plain.subarray(0, 2), new Uint8Array(count).fill(0xff), plain.subarray(2));
      expect(await isWhole(walkJpeg, filled)).toBe(true);
      const filledAtEnd = concat(plain.subarray(0, -2), new Uint8Array(count).fill(0xff), plain.subarray(-2));
      expect(await isWhole(walkJpeg, filledAtEnd)).toBe(true);
    }
  });

  test('a marker split by a window of the scan is found', async () => {
    // Wherever the scan begins in the file, one of these puts its end across the border.
    for (let padding = 65_536 - plain.length; padding <= 65_536; padding++) {
      const padded = concat(plain.subarray(0, -2), new Uint8Array(padding), plain.subarray(-2));
      expect(await isWhole(walkJpeg, padded)).toBe(true);
    }
  });

  test('markers alone are no picture', async () => {
    expect(await isWhole(walkJpeg, new Uint8Array([0xff, 0xd8, 0xff, 0xd9]))).toBe(false);
  });

  test('more segments than any picture has are not walked', async () => {
    const comments = Buffer.alloc(4 * 20_000, Buffer.from([0xff, 0xfe, 0, 2]));
    expect(await isWhole(walkJpeg, concat(plain.subarray(0, 2), comments, plain.subarray(2)))).toBe(false);
  });
});

describe('other formats', () => {
  test('a PNG or a GIF without any picture in it is damaged', async () => {
    const png = bytesOf('plain.png');
    expect(await isWhole(walkPng, concat(png.subarray(0, 33), png.subarray(-12)))).toBe(false);
    const gif = bytesOf('tiny.gif').slice(0, 13);
    gif[10] = 0;
    expect(await isWhole(walkGif, concat(gif, [0x3b]))).toBe(false);
  });

  test('a WebP whose chunk is larger than its container is damaged, even where the file goes on', async () => {
    const bytes = concat(bytesOf('plain.webp'), new Uint8Array(100_000));
    const view = new DataView(bytes.buffer);
    view.setUint32(16, view.getUint32(16, true) + 2000, true);
    expect(await isWhole(walkWebp, bytes)).toBe(false);
  });

  test.each([273, 279])('a TIFF with a strip beyond its end (tag %d) is damaged', async (tag) => {
    const bytes = bytesOf('plain.tif');
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(4, true);
    for (let i = 0; i < view.getUint16(directory, true); i++) {
      const entry = directory + 2 + i * 12;
      if (view.getUint16(entry, true) !== tag) continue;
      const isInline = view.getUint32(entry + 4, true) === 1;
      const at = isInline ? entry + 8 : view.getUint32(entry + 8, true);
      if (view.getUint16(entry + 2, true) === 3) view.setUint16(at, 0xffff, true);
      else view.setUint32(at, 0xffff, true);
    }
    expect(await isWhole(walkTiff, bytes)).toBe(false);
  });

  test('a movie cut within a later fragment is damaged', async () => {
    const bytes = bytesOf('fragmented.mp4');
    const twice = concat(bytes, bytes.subarray(Buffer.from(bytes).indexOf('moof') - 4));
    expect(await isWhole(walkIsoMovie, twice)).toBe(true);
    const lastData = Buffer.from(twice).lastIndexOf('mdat');
    expect(await isWhole(walkIsoMovie, twice.subarray(0, lastData + 100))).toBe(false);
  });

  test('APNG frames are counted from acTL', async () => {
    expect(await walkBytes(walkPng, bytesOf('animated.apng.png'))).toEqual({ frames: 5 });
    expect(await walkBytes(walkPng, bytesOf('plain.png'))).toMatchObject({ frames: 1 });
  });

  test('a TIFF whose directory chain bites its tail is damaged', async () => {
    const bytes = bytesOf('plain.tif');
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(4, true);
    const next = directory + 2 + view.getUint16(directory, true) * 12;
    view.setUint32(next, directory, true);
    expect(await isWhole(walkTiff, bytes)).toBe(false);
  });

  test('a TIFF that claims a huge number of strips is damaged', async () => {
    const bytes = bytesOf('plain.tif');
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(4, true);
    for (let i = 0; i < view.getUint16(directory, true); i++) {
      const entry = directory + 2 + i * 12;
      if (view.getUint16(entry, true) === 273) view.setUint32(entry + 4, 0x3fffffff, true);
    }
    expect(await isWhole(walkTiff, bytes)).toBe(false);
  });

  test('a GIF that is only magic and HTML is damaged', async () => {
    expect(await isWhole(walkGif, bytesOf('gif-magic-html.gif'))).toBe(false);
  });

  test('a HEIC without its picture data is damaged, even where every box that is left is whole', async () => {
    const bytes = bytesOf('plain.heic');
    const data = Buffer.from(bytes).indexOf('mdat') - 4;
    expect(await isWhole(walkIsoPicture, bytes.subarray(0, data))).toBe(false);
  });

  test('a movie without sample data is damaged, even where every box that is left is whole', async () => {
    const bytes = bytesOf('index-first.mp4');
    const data = Buffer.from(bytes).indexOf('mdat') - 4;
    expect(await isWhole(walkIsoMovie, bytes.subarray(0, data))).toBe(false);
  });

  test('a movie whose data box runs to the end of the file or has a 64-bit size is whole', async () => {
    const bytes = bytesOf('index-first.mp4');
    const data = Buffer.from(bytes).indexOf('mdat') - 4;
    const large = Buffer.alloc(16);
    large.writeUInt32BE(1);
    large.write('mdat', 4);
    large.writeUInt32BE(bytes.length - data + 8, 12);
    const payload = bytes.subarray(data + 8);
    expect(await isWhole(walkIsoMovie, concat(bytes.subarray(0, data), large, payload))).toBe(true);
    expect(await isWhole(walkIsoMovie, concat(bytes.subarray(0, data), '\0\0\0\0mdat', payload))).toBe(true);
  });

  test('a walk over millions of tiny blocks lets other work run and can be left', async () => {
    const bytes = new Uint8Array(8 * 1024 * 1024).fill(1);
    bytes.set(bytesOf('tiny.gif').subarray(0, 13));
    bytes.set([0, 0, 0, 0x21], 10);
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error('left')));
    expect(await failure(walkBytes(walkGif, bytes, controller.signal))).toBe('left');
  });
});
