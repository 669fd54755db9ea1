import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { readHeader } from '../../../../../src/adapters/media/header.ts';
import {
  type StructureWalk,
  walkBytes,
  walkJpeg,
  walkPng,
} from '../../../../../src/adapters/media/structure/index.ts';
import { bytesOf } from '../fixtures.ts';

const MAX_PIXELS = 2 ** 40;
/** Of a picture that is changed: what decides its size is there. */
const START_BYTES = 400;
const files: readonly (readonly [StructureWalk, string])[] = [
  ...['plain', 'progressive', 'exif-thumbnail', 'orientation-1', 'orientation-6', 'orientation-8'].map(
    (name) => [walkJpeg, `${name}.jpg`] as const,
  ),
  ...['plain', 'animated.apng'].map((name) => [walkPng, `${name}.png`] as const),
];

/** What the image library finds; null: it refuses the picture. */
async function byLibrary(bytes: Uint8Array) {
  return await readHeader(bytes, MAX_PIXELS).then(
    ({ width, height }) => ({ width, height }),
    () => null,
  );
}

async function byStructure(walk: StructureWalk, bytes: Uint8Array) {
  return (await walkBytes(walk, bytes))?.size;
}

describe('the size that the structure tells', () => {
  test.each(['plain.jpg', 'progressive.jpg', 'orientation-1.jpg', 'orientation-6.jpg', 'photo.jpg'])(
    'is known of %s, and is that of the image library',
    async (name) => {
      const size = await byStructure(walkJpeg, bytesOf(name));
      expect(size).toEqual((await byLibrary(bytesOf(name))) ?? undefined);
      expect(size).toBeDefined();
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('heeds the orientation %d', async (orientation) => {
    const create = { width: 30, height: 20, channels: 3, background: '#123' } as const;
    const picture = await sharp({ create }).jpeg().withMetadata({ orientation }).toBuffer();
    const size = orientation >= 5 ? { width: 20, height: 30 } : { width: 30, height: 20 };
    expect(await byStructure(walkJpeg, picture)).toEqual(size);
  });

  test.each(['grey', 'palette', 'deep', 'interlaced', 'alpha'] as const)(
    'is known of a PNG: %s',
    async (kind) => {
      const channels = kind === 'alpha' ? 4 : 3;
      const picture = sharp({ create: { width: 31, height: 17, channels, background: '#1238' } });
      if (kind === 'grey') picture.toColourspace('b-w');
      if (kind === 'deep') picture.toColourspace('rgb16');
      const bytes = await picture
        .png({ palette: kind === 'palette', progressive: kind === 'interlaced' })
        .toBuffer();
      const { hasAlpha } = await sharp(bytes).metadata();
      // A palette may come with transparency, which has rules of its own.
      const expected = kind === 'palette' && hasAlpha ? undefined : { width: 31, height: 17 };
      expect(await byStructure(walkPng, bytes)).toEqual(expected);
    },
  );

  test('is not told of a PNG that holds Exif, which may turn it', async () => {
    const create = { width: 30, height: 20, channels: 3, background: '#123' } as const;
    const picture = await sharp({ create }).png().withMetadata({ orientation: 6 }).toBuffer();
    expect(await byStructure(walkPng, picture)).toBeUndefined();
  });

  test.each(files)(
    '%p is never another than the image library finds, however %s is changed',
    async (walk, name) => {
      const bytes = bytesOf(name);
      const place = fc.nat(Math.min(START_BYTES, bytes.length) - 1);
      const changes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(changes, async (changed) => {
          const picture = new Uint8Array(bytes);
          for (const [at, byte] of changed) picture[at] = byte;
          const size = await byStructure(walk, picture);
          if (size) expect(size).toEqual((await byLibrary(picture)) ?? { width: 0, height: 0 });
        }),
        { numRuns: Number(process.env.RUNS ?? 200) },
      );
    },
  );
});
