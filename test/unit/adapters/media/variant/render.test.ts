import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { Recipe, Rendered } from '../../../../../src/adapters/media/variant/recipe.ts';
import { renderPicture } from '../../../../../src/adapters/media/variant/render.ts';
import { gifOfFrames } from '../../../../support/pictures.ts';
import { temporaryDirectory } from '../../../../support/temporary.ts';
import { outcome, pathOf } from '../fixtures.ts';

const PLAIN: Recipe = {
  width: null,
  height: null,
  fit: 'cover',
  focus: 'centre',
  format: 'png',
  quality: null,
  blur: null,
  rotate: 0,
  background: null,
};

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(async () => await directory[Symbol.asyncDispose]());

const fresh = (extension = '') => join(directory.path, randomUUID() + extension);

function render(source: string, recipe: Partial<Recipe> = {}, maxImagePixels = 100_000_000) {
  return outcome(
    renderPicture({
      source,
      recipe: { ...PLAIN, ...recipe },
      limits: { maxImagePixels, timeoutSeconds: 10 },
      target: fresh(),
    }),
  );
}

/** The path of a variant that must come out. */
async function made(source: string, recipe: Partial<Recipe> = {}): Promise<{ path: string } & Rendered> {
  const path = fresh();
  const limits = { maxImagePixels: 100_000_000, timeoutSeconds: 10 };
  const rendered = await renderPicture({ source, recipe: { ...PLAIN, ...recipe }, limits, target: path });
  const bytes = await Bun.file(path).bytes();
  expect(rendered.size).toBe(bytes.length);
  expect(rendered.sha256).toBe(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'));
  return { path, ...rendered };
}

async function pixel(path: string, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + 4)];
}

/** Left half red, right half blue, and a green corner at the top left: no two ways to turn it look the same. */
async function flag(extension: string, edit: (picture: Sharp) => Sharp = (it) => it): Promise<string> {
  const block = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer();
  const whole = await sharp({ create: { width: 120, height: 80, channels: 3, background: '#f00' } })
    .composite([
      { input: await block(60, 80, '#00f'), left: 60, top: 0 },
      { input: await block(20, 20, '#0f0'), left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
  const path = fresh(extension);
  await edit(sharp(whole)).toFile(path);
  return path;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const near = (colour: readonly number[], wanted: readonly number[], by = 12) =>
  wanted.every((value, channel) => Math.abs(value - (colour[channel] ?? Number.NaN)) <= by);

describe('orientation', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is applied as the library itself does it', async (orientation) => {
    const source = await flag('.jpg', (it) => it.withMetadata({ orientation }).jpeg({ quality: 100 }));
    const expected = fresh();
    await sharp(source).autoOrient().resize({ width: 60 }).png().toFile(expected);
    const { path } = await made(source, { width: 60 });
    const { width, height } = await sharp(path).metadata();
    expect(await sharp(expected).metadata()).toMatchObject({ width, height });
    for (const [x, y] of [
      [3, 3],
      [width - 4, 3],
      [3, height - 4],
      [width - 4, height - 4],
    ] as const) {
      expect(near(await pixel(path, x, y), await pixel(expected, x, y), 40)).toBe(true);
    }
  });

  test('goes before the turn that is asked for', async () => {
    const source = await flag('.jpg', (it) => it.withMetadata({ orientation: 6 }).jpeg({ quality: 100 }));
    const expected = fresh();
    await sharp(await sharp(source).autoOrient().png().toBuffer())
      .rotate(90)
      .png()
      .toFile(expected);
    const { path } = await made(source, { rotate: 90 });
    expect(await sharp(path).metadata()).toMatchObject({ width: 120, height: 80 });
    expect(near(await pixel(path, 117, 77), await pixel(expected, 117, 77))).toBe(true);
    expect(near(await pixel(path, 117, 77), [0, 255, 0])).toBe(true);
  });
});

describe('a cut', () => {
  test('lies where the focus is', async () => {
    const source = await flag('.png');
    const red = await made(source, { width: 40, height: 80, focus: { x: 0, y: 0.5 } });
    expect(await sharp(red.path).metadata()).toMatchObject({ width: 40, height: 80 });
    expect(near(await pixel(red.path, 20, 60), [255, 0, 0])).toBe(true);
    const blue = await made(source, { width: 40, height: 80, focus: { x: 1, y: 0.5 } });
    expect(near(await pixel(blue.path, 20, 60), [0, 0, 255])).toBe(true);
  });

  test.each(['attention', 'entropy'] as const)('by %s has its size, turned or not', async (focus) => {
    const { path } = await made(pathOf('photo.jpg'), { width: 100, height: 300, focus });
    expect(await sharp(path).metadata()).toMatchObject({ width: 100, height: 300 });
    const turned = await made(pathOf('orientation-6.jpg'), { width: 20, height: 40, focus, rotate: 90 });
    expect(await sharp(turned.path).metadata()).toMatchObject({ width: 20, height: 40 });
  });
});

describe('colours', () => {
  test('of CMYK come out as sRGB', async () => {
    const source = await flag('.jpg', (it) => it.toColourspace('cmyk').jpeg({ quality: 100 }));
    expect((await sharp(source).metadata()).space).toBe('cmyk');
    const { path } = await made(source, { width: 60 });
    expect((await sharp(path).metadata()).space).toBe('srgb');
    const [r = 0, , b = 255] = await pixel(path, 10, 30);
    expect(r).toBeGreaterThan(b + 100);
  });

  test('of a wide profile are converted, and the profile is left out', async () => {
    const source = await flag('.jpg', (it) => it.withIccProfile('p3').jpeg({ quality: 100 }));
    const { path } = await made(source);
    expect((await sharp(path).metadata()).icc).toBeUndefined();
    expect(near(await pixel(path, 30, 60), [255, 0, 0])).toBe(true);
  });

  test('of 16 bits, of grey with alpha and of a palette become what browsers show', async () => {
    const deep = await flag('.png', (it) => it.toColourspace('rgb16').png());
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect((await sharp((await made(deep)).path).metadata()).depth).toBe('uchar');
    const grey = await flag('.png', (it) => it.toColourspace('b-w').removeAlpha().ensureAlpha(0.5).png());
    expect((await sharp(grey).metadata()).channels).toBe(2);
    expect((await made(grey, { format: 'plain' })).mimeType).toBe('image/png');
    const solid = await made(grey, { format: 'jpeg', background: '000000ff' });
    const [value = 255] = await pixel(solid.path, 100, 60);
    expect(value).toBeLessThan(60);
    const palette = await flag('.png', (it) => it.png({ palette: true, colours: 4 }));
    expect(near(await pixel((await made(palette)).path, 100, 60), [0, 0, 255])).toBe(true);
  });

  test('behind transparency are white in JPEG, and those asked for anywhere', async () => {
    const clear = fresh('.png');
    await sharp({ create: { width: 20, height: 20, channels: 4, background: '#0000' } })
      .png()
      .toFile(clear);
    expect(near(await pixel((await made(clear, { format: 'jpeg' })).path, 5, 5), [255, 255, 255])).toBe(true);
    const red = await made(clear, { background: 'ff0000ff' });
    expect(await pixel(red.path, 5, 5)).toEqual([255, 0, 0, 255]);
    expect((await pixel((await made(clear)).path, 5, 5))[3]).toBe(0);
  });

  test('around a picture are those asked for, else nothing', async () => {
    const source = await flag('.png');
    const framed = await made(source, { width: 100, height: 100, fit: 'contain', background: '00ff00ff' });
    expect(await pixel(framed.path, 50, 2)).toEqual([0, 255, 0, 255]);
    const open = await made(source, { width: 100, height: 100, fit: 'contain' });
    expect((await pixel(open.path, 50, 2))[3]).toBe(0);
    const jpeg = await made(source, { width: 100, height: 100, fit: 'contain', format: 'jpeg' });
    expect(near(await pixel(jpeg.path, 50, 2), [255, 255, 255])).toBe(true);
  });
});

test('metadata is left out, with the place where a photo was taken', async () => {
  const source = await flag('.jpg', (it) =>
    it.withExif({ IFD0: { Artist: 'Ada' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } }).jpeg(),
  );
  expect((await sharp(source).metadata()).exif).toBeDefined();
  for (const format of ['jpeg', 'webp', 'avif', 'png'] as const) {
    const { exif, xmp, iptc } = await sharp((await made(source, { format })).path).metadata();
    expect([format, exif, xmp, iptc]).toEqual([format, undefined, undefined, undefined]);
  }
});

describe('animations', () => {
  test.each(['animated.gif', 'animated.webp'])(
    '%s stays one as GIF and WebP, and else gives a frame',
    async (name) => {
      const original = await sharp(pathOf(name)).metadata();
      expect(original.pages).toBeGreaterThan(1);
      for (const format of ['gif', 'webp'] as const) {
        const { path } = await made(pathOf(name), { format, width: 24, height: 24 });
        const { width, pageHeight, delay = [] } = await sharp(path, { pages: -1 }).metadata();
        expect([width, pageHeight]).toEqual([24, 24]);
        // Equal frames may become one that lasts longer.
        expect(sum(delay)).toBe(sum(original.delay ?? []));
      }
      for (const format of ['jpeg', 'png', 'avif'] as const) {
        const { path } = await made(pathOf(name), { format, width: 24, height: 24, focus: 'attention' });
        expect(await sharp(path).metadata()).toMatchObject({ width: 24, height: 24 });
      }
      expect(
        (await sharp((await made(pathOf(name), { format: 'gif', rotate: 90 })).path).metadata()).pages ?? 1,
      ).toBe(1);
    },
  );

  test('of too many frames give their first one', async () => {
    const source = fresh('.gif');
    await Bun.write(source, gifOfFrames(1001));
    expect((await sharp(source).metadata()).pages).toBe(1001);
    const { path } = await made(source, { format: 'gif' });
    expect((await sharp(path).metadata()).pages ?? 1).toBe(1);
  });
});

describe('HEIC', () => {
  test('is decoded, and turned', async () => {
    const { path, mimeType } = await made(pathOf('rotated.heic'), { format: 'plain' });
    expect(mimeType).toBe('image/jpeg');
    const { width, height } = (await sharp(pathOf('rotated.heic')).metadata()).autoOrient;
    expect(await sharp(path).metadata()).toMatchObject({ width, height });
  });

  test('looks as the same picture does in another format', async () => {
    const heic = await made(pathOf('plain.heic'), { width: 16 });
    const jpeg = await made(pathOf('plain.jpg'), { width: 16 });
    for (const [x, y] of [
      [2, 2],
      [8, 6],
      [13, 9],
    ] as const) {
      expect(near(await pixel(heic.path, x, y), await pixel(jpeg.path, x, y), 60)).toBe(true);
    }
  });

  test('of too many pixels is refused before it is decoded', async () => {
    expect(await render(pathOf('plain.heic'), {}, 100)).toBe('IMAGE_TOO_LARGE');
  });
});

describe('what is refused', () => {
  test.each([
    'gif-magic-html.gif',
    'page-html.jpg',
    'picture.svg',
    'header-only.psd',
    'plain.bmp',
    'plain.mp3',
  ])('%s does not decode', async (name) => expect(await render(pathOf(name))).toBe('FILE_DAMAGED'));

  test('a claim of too many pixels costs nothing', async () => {
    const before = process.memoryUsage.rss();
    expect(await render(pathOf('huge-claim.png'))).toBe('IMAGE_TOO_LARGE');
    expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000);
  });

  test('a JPEG that is cut off does not decode', async () => {
    const cut = fresh('.jpg');
    await Bun.write(cut, (await Bun.file(pathOf('photo.jpg')).bytes()).subarray(0, 60_000));
    expect(await render(cut, { width: 64 })).toBe('FILE_DAMAGED');
  });

  test('a source that is gone is no fault of the picture', async () => {
    await expect(
      renderPicture({
        source: fresh(),
        recipe: PLAIN,
        limits: { maxImagePixels: 1000, timeoutSeconds: 1 },
        target: fresh(),
      }),
    ).rejects.toThrow('missing');
  });
});

test('bytes that cannot be written come as they are', async () => {
  const rendered = await renderPicture({
    source: pathOf('plain.png'),
    recipe: PLAIN,
    limits: { maxImagePixels: 100_000, timeoutSeconds: 5 },
    target: join(directory.path, 'missing', 'target'),
  });
  expect(rendered.bytes?.length).toBe(rendered.size);
});
