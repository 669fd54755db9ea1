import { AppError } from '../../errors.ts';
import { isPixelLimitError, loadSharp, pictureOptions } from './sharp.ts';

/** What the image library finds in a picture without decoding it. */
export interface PictureHeader {
  /** px as shown: after orientation. */
  readonly width: number;
  readonly height: number;
  /** jpeg, png, webp, gif, tiff or heif. */
  readonly format: string;
  /** Of HEIF: av1 or hevc. */
  readonly compression: string | undefined;
  /** Frames or pages; undefined where the format has one. */
  readonly pages: number | undefined;
}

/** @throws AppError IMAGE_TOO_LARGE, FILE_DAMAGED */
export async function readHeader(source: string | Uint8Array, maxPixels: number): Promise<PictureHeader> {
  const sharp = await loadSharp();
  try {
    const metadata = await sharp(source, pictureOptions(maxPixels)).metadata();
    const { format, compression, pages, autoOrient } = metadata;
    return { ...autoOrient, format, compression, pages };
  } catch (error) {
    throw new AppError(isPixelLimitError(error) ? 'IMAGE_TOO_LARGE' : 'FILE_DAMAGED', { cause: error });
  }
}
