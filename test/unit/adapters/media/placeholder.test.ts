import { describe, expect, test } from 'bun:test';
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash';
import { makePlaceholder } from '../../../../src/adapters/media/placeholder.ts';
import { loadSharp } from '../../../../src/adapters/media/sharp.ts';
import { bytesOf, failure, outcome, pathOf } from './fixtures.ts';

const options = { maxImagePixels: 100_000_000 };
const hashOf = async (name: string) =>
  new Uint8Array(Buffer.from((await makePlaceholder(bytesOf(name), options)) ?? '', 'base64'));

describe('placeholder', () => {
  test.each([
    'plain.jpg',
    'plain.png',
    'plain.webp',
    'animated.webp',
    'animated.gif',
    'plain.tif',
    'plain.avif',
  ])('%s has one of its shape', async (name) => {
    const hash = await hashOf(name);
    expect(hash.length).toBeLessThan(30);
    expect(thumbHashToApproximateAspectRatio(hash)).toBeCloseTo(64 / 48, 0);
    const { w, h } = thumbHashToRGBA(hash);
    expect(w).toBeGreaterThan(h);
  });

  test('orientation is applied', async () => {
    const { w, h } = thumbHashToRGBA(await hashOf('orientation-6.jpg'));
    expect(h).toBeGreaterThan(w);
  });

  test('of an animation the first frame is taken', async () => {
    const sharp = await loadSharp();
    const first = await sharp(bytesOf('animated.gif'), { page: 0 }).png().toBuffer();
    expect(await makePlaceholder(bytesOf('animated.gif'), options)).toBe(
      await makePlaceholder(first, options),
    );
  });

  test('colours are those of the picture, with and without transparency', async () => {
    const sharp = await loadSharp();
    for (const background of ['#ff0000', { r: 255, g: 0, b: 0, alpha: 1 }]) {
      const channels = typeof background === 'string' ? 3 : 4;
      const red = await sharp({ create: { width: 40, height: 20, channels, background } })
        .png()
        .toBuffer();
      const hash = Buffer.from((await makePlaceholder(red, options)) ?? '', 'base64');
      const { r, g, b, a } = thumbHashToAverageRGBA(hash);
      expect([r, g, b, a].map(Math.round)).toEqual([1, 0, 0, 1]);
    }
  });

  test('a path gives the same as bytes', async () => {
    expect(await makePlaceholder(pathOf('photo.jpg'), options)).toBe(
      await makePlaceholder(bytesOf('photo.jpg'), options),
    );
  });

  test('a grey picture and one of a single pixel have one too', async () => {
    const sharp = await loadSharp();
    for (const width of [1, 300]) {
      const grey = await sharp({ create: { width, height: 1, channels: 3, background: '#888' } })
        .toColourspace('b-w')
        .png()
        .toBuffer();
      expect(await makePlaceholder(grey, options)).toMatch(/^[\w+/]+=*$/);
    }
  });

  test.each(['plain.heic', 'rotated.heic'])('%s, whose pixels cannot be decoded, has none', async (name) => {
    expect(await makePlaceholder(bytesOf(name), options)).toBeNull();
  });

  test('a picture that does not decode is FILE_DAMAGED', async () => {
    const photo = bytesOf('photo.jpg');
    expect(await outcome(makePlaceholder(photo.subarray(0, 1000), options))).toBe('FILE_DAMAGED');
    const png = bytesOf('plain.png');
    png.fill(0x55, Buffer.from(png).indexOf('IDAT') + 4, -16);
    expect(await outcome(makePlaceholder(png, options))).toBe('FILE_DAMAGED');
  });

  test('more pixels than allowed are refused before decoding', async () => {
    expect(await outcome(makePlaceholder(bytesOf('huge-claim.png'), options))).toBe('IMAGE_TOO_LARGE');
  });
});

describe('the image library', () => {
  test('reads nothing but raster pictures', async () => {
    const sharp = await loadSharp();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
    expect(await failure(sharp(svg).metadata())).toContain('unsupported');
    expect(await failure(sharp(bytesOf('plain.bmp')).metadata())).toContain('unsupported');
  });
});
