import { rm, writeFile } from 'node:fs/promises';
import type { Metadata, Sharp } from 'sharp';
import { AppError } from '../../../errors.ts';
import { isPixelLimitError, loadSharp, pictureOptions } from '../sharp.ts';
import { planGeometry, type Size } from './geometry.ts';
import { decodeHeic } from './heic.ts';
import type { Recipe, Rendered, RenderJob, RenderLimits, VariantFormat } from './recipe.ts';

/** All frames of an animation together, px: that takes some three seconds. More gives the first frame only. */
const maxAnimationPixels = 100_000_000;
const maxAnimationFrames = 1_000;
/** From here on AVIF is made in a fifth of the time, with a twentieth more bytes. */
const largePixels = 2_000_000;

/** A source that is open, and what of its header counts. */
interface Source {
  readonly picture: Sharp;
  /** px as stored, of one frame. */
  readonly width: number;
  readonly height: number;
  /** Exif orientation, 1 to 8. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  readonly isAnimated: boolean;
}

interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  /** 0 to 1 */
  readonly alpha: number;
}

const white: Colour = { r: 255, g: 255, b: 255, alpha: 1 };
const nothing: Colour = { r: 0, g: 0, b: 0, alpha: 0 };

/**
 * Makes one picture out of another: orientation applied, colours in sRGB, metadata left out.
 * @throws AppError FILE_DAMAGED, IMAGE_TOO_LARGE, PROBE_TIMEOUT; what the file system says of a source that is gone
 */
export async function renderPicture({ source: path, recipe, limits, target }: RenderJob): Promise<Rendered> {
  const { bytes, format } = await render(path, recipe, limits).catch((error: unknown) => {
    throw toAppError(error);
  });
  const facts = {
    mimeType: `image/${format}`,
    size: bytes.byteLength,
    sha256: new Bun.CryptoHasher('sha256').update(bytes).digest('hex'),
  };
  try {
    await writeFile(target, bytes, { flag: 'wx', mode: 0o600 });
    return facts;
  } catch {
    // A full disk costs the cache, not the answer.
    await rm(target, { force: true }).catch(() => undefined);
    return { ...facts, bytes };
  }
}

async function render(path: string, recipe: Recipe, limits: RenderLimits) {
  const source = await openSource(path, recipe, limits.maxImagePixels);
  const format = recipe.format === 'plain' ? (source.hasAlpha ? 'png' : 'jpeg') : recipe.format;
  const picture = source.picture.timeout({ seconds: limits.timeoutSeconds });
  const background = format === 'jpeg' ? over(recipe.background, white) : colourOf(recipe.background);
  if (background?.alpha === 1 && source.hasAlpha) picture.flatten({ background });
  const { width, height } = arrange(picture, source, recipe, background ?? nothing);
  if (recipe.blur !== null) picture.blur({ sigma: recipe.blur, precision: 'integer' });
  const effort = { isAnimated: source.isAnimated, isLarge: width * height > largePixels };
  const bytes = await encode(picture, format, recipe.quality, effort).toBuffer();
  return { bytes: new Uint8Array(bytes), format };
}

async function openSource(path: string, recipe: Recipe, maxPixels: number): Promise<Source> {
  const sharp = await loadSharp();
  const options = pictureOptions(maxPixels);
  const metadata = await sharp(path, options).metadata();
  if (metadata.compression === 'hevc') {
    const { tiff, ...facts } = await decodeHeic(path, maxPixels, metadata.icc);
    const picture = sharp(tiff, options);
    if (!facts.hasAlpha) picture.removeAlpha();
    return { picture, orientation: 1, isAnimated: false, ...facts };
  }
  const { width, pageHeight, height, hasAlpha } = metadata;
  const orientation = metadata.orientation ?? 1;
  const isAnimated = staysAnimated(metadata, orientation, recipe);
  const frames = isAnimated ? { pages: -1, limitInputPixels: maxAnimationPixels } : {};
  const picture = sharp(path, { ...options, ...frames });
  return { picture, width, height: pageHeight ?? height, orientation, hasAlpha, isAnimated };
}

function staysAnimated(metadata: Metadata, orientation: number, { format, rotate }: Recipe): boolean {
  const { format: source, pages = 1, width, pageHeight = metadata.height } = metadata;
  if (pages === 1 || pages > maxAnimationFrames || pages * width * pageHeight > maxAnimationPixels)
    return false;
  // libvips turns no frames.
  if (rotate !== 0 || orientation !== 1) return false;
  return (source === 'gif' || source === 'webp') && (format === 'gif' || format === 'webp');
}

/**
 * Scales, turns, cuts and lays out, in this order: turning last lets the decoder shrink while it reads.
 * @returns px of the result
 */
function arrange(picture: Sharp, source: Source, recipe: Recipe, background: Colour): Size {
  const { mirrored, angle } = turnOf(source.orientation, recipe.rotate);
  const lies = angle % 180 !== 0;
  const shown = lies ? { width: source.height, height: source.width } : source;
  const { scaled, crop, canvas, output } = planGeometry(shown, recipe);

  const isFound = crop !== null && typeof recipe.focus === 'string' && recipe.focus !== 'centre';
  if (isFound && !source.isAnimated) {
    if (mirrored) picture.flop();
    if (angle !== 0) picture.rotate(angle);
    const position = recipe.focus === 'entropy' ? 'entropy' : 'attention';
    picture.resize(crop.width, crop.height, { fit: 'cover', position });
    return output;
  }
  if (scaled.width !== shown.width || scaled.height !== shown.height) {
    const [width, height] = lies ? [scaled.height, scaled.width] : [scaled.width, scaled.height];
    picture.resize(width, height, { fit: 'fill' });
  }
  if (mirrored) picture.flop();
  if (angle !== 0) picture.rotate(angle);
  if (crop) picture.extract(crop);
  if (canvas) {
    const [x, y] = [canvas.width - scaled.width, canvas.height - scaled.height];
    const [left, top] = [Math.floor(x / 2), Math.floor(y / 2)];
    picture.extend({ left, right: x - left, top, bottom: y - top, background });
  }
  return output;
}

/** Mirrored from left to right first, then turned by degrees clockwise (Exif 2.32, tag 0x0112). */
function turnOf(orientation: number, rotate: number): { mirrored: boolean; angle: number } {
  const mirrored = [2, 4, 5, 7].includes(orientation);
  const angle = { 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 }[orientation] ?? 0;
  return { mirrored, angle: (angle + rotate) % 360 };
}

/** Efforts are those beyond which time grows far faster than bytes shrink. */
function encode(
  picture: Sharp,
  format: VariantFormat,
  quality: number | null,
  { isAnimated, isLarge }: { readonly isAnimated: boolean; readonly isLarge: boolean },
): Sharp {
  switch (format) {
    case 'webp':
      return picture.webp({ quality: quality ?? 80, effort: isAnimated ? 0 : 2 });
    case 'avif':
      return picture.avif({ quality: quality ?? 50, effort: isLarge ? 0 : 2 });
    case 'jpeg':
      return picture.jpeg({ quality: quality ?? 80 });
    case 'png':
      return picture.png();
    case 'gif':
      return picture.gif({ effort: 3 });
  }
}

function colourOf(hex: string | null): Colour | null {
  if (hex === null) return null;
  const [r = 0, g = 0, b = 0, a = 255] = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return { r, g, b, alpha: a / 255 };
}

/** The colour, made opaque on what is below. */
function over(hex: string | null, below: Colour): Colour {
  const colour = colourOf(hex) ?? nothing;
  const mix = (top: number, bottom: number) => Math.round(top * colour.alpha + bottom * (1 - colour.alpha));
  return { r: mix(colour.r, below.r), g: mix(colour.g, below.g), b: mix(colour.b, below.b), alpha: 1 };
}

function toAppError(error: unknown): unknown {
  if (error instanceof AppError || (error instanceof Error && 'syscall' in error)) return error;
  if (isPixelLimitError(error)) return new AppError('IMAGE_TOO_LARGE', { cause: error });
  const message = error instanceof Error ? error.message : '';
  if (message.includes('Input file is missing')) return error;
  return new AppError(message.includes('timeout') ? 'PROBE_TIMEOUT' : 'FILE_DAMAGED', { cause: error });
}
