import { rgbaToThumbHash } from 'thumbhash';
import { AppError } from '../../errors.ts';
import { isPixelLimitError, loadSharp, pictureOptions } from './sharp.ts';

/** px; a ThumbHash takes no more. */
const longestSide = 100;

export interface PlaceholderOptions {
  /** Most pixels of the picture. */
  readonly maxImagePixels: number;
  /** Seconds that decoding may take, 20 by default. */
  readonly timeoutSeconds?: number;
}

/**
 * The ThumbHash of a picture in base64, about 30 characters: orientation applied, of an animation its first frame.
 * @returns null for HEIC, whose pixels cannot be decoded here
 * @throws AppError FILE_DAMAGED when it does not decode, IMAGE_TOO_LARGE, PROBE_TIMEOUT
 */
export async function makePlaceholder(
  bytesOrPath: Uint8Array | string,
  { maxImagePixels, timeoutSeconds = 20 }: PlaceholderOptions,
): Promise<string | null> {
  const sharp = await loadSharp();
  const picture = sharp(bytesOrPath, pictureOptions(maxImagePixels));
  try {
    const { data, info } = await picture
      .timeout({ seconds: timeoutSeconds })
      .autoOrient()
      .resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
  } catch (error) {
    if (isPixelLimitError(error)) throw new AppError('IMAGE_TOO_LARGE', { cause: error });
    if (error instanceof Error && error.message.includes('timeout')) {
      throw new AppError('PROBE_TIMEOUT', { cause: error });
    }
    const metadata = await sharp(bytesOrPath, pictureOptions(maxImagePixels))
      .metadata()
      .catch(() => null);
    if (metadata?.compression === 'hevc') return null;
    throw new AppError('FILE_DAMAGED', { cause: error });
  }
}
