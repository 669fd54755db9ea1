import { readFile } from 'node:fs/promises';
import { AppError } from '../../../errors.ts';
import { frameTiff } from './tiff.ts';

/** A decoded picture as an uncompressed TIFF, which holds its colour profile too. */
export interface DecodedHeic {
  readonly tiff: Buffer;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/**
 * Decodes the primary picture of a HEIC file, which libvips cannot for the sake of patents; rotation applied. It
 * blocks its thread for about 0.1 s a megapixel.
 * @param icc the file's colour profile
 * @throws AppError FILE_DAMAGED, IMAGE_TOO_LARGE
 */
export async function decodeHeic(
  path: string,
  maxPixels: number,
  icc: Uint8Array | undefined,
): Promise<DecodedHeic> {
  const { default: load } = await import('libheif-js/libheif-wasm/libheif-bundle.mjs');
  const { HeifDecoder } = load();
  const images = new HeifDecoder().decode(await readFile(path));
  const image = images.find((one) => one.is_primary()) ?? images[0];
  if (!image) throw new AppError('FILE_DAMAGED');
  const [width, height] = [image.get_width(), image.get_height()];
  if (!(width > 0 && height > 0)) throw new AppError('FILE_DAMAGED');
  if (width * height > maxPixels) throw new AppError('IMAGE_TOO_LARGE');
  const { tiff, pixels } = frameTiff(width, height, icc);
  const shown = await new Promise((resolve) => image.display({ data: pixels, width, height }, resolve));
  if (shown === null) throw new AppError('FILE_DAMAGED');
  return { tiff, width, height, hasAlpha: image.has_alpha_channel() };
}
