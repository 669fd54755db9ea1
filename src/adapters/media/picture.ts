import { AppError } from '../../errors.ts';
import type { PictureHeader } from './header.ts';
import type { SniffedType } from './sniff.ts';
import {
  type StructureFacts,
  type StructureWalk,
  walkBytes,
  walkFile,
  walkGif,
  walkIsoPicture,
  walkJpeg,
  walkPng,
  walkShort,
  walkTiff,
  walkWebp,
} from './structure/index.ts';
import type { MediaFacts, MediaInput } from './types.ts';

/** All frames of an animation together may have so many times the pixels of one picture. */
const animationFactor = 10;
/** Frames or pages; a picture of more is a film. */
const maxFrames = 10_000;

const walks: Readonly<Record<string, StructureWalk>> = {
  'image/jpeg': walkJpeg,
  'image/png': walkPng,
  'image/apng': walkPng,
  'image/gif': walkGif,
  'image/webp': walkWebp,
  'image/tiff': walkTiff,
  'image/avif': walkIsoPicture,
  'image/heic': walkIsoPicture,
  'image/heif': walkIsoPicture,
  'image/heic-sequence': walkIsoPicture,
  'image/heif-sequence': walkIsoPicture,
};

/**
 * Does what `walkPicture` does for most pictures that are in memory, at once and without a deadline.
 * @returns undefined where that takes more
 * @throws AppError FILE_DAMAGED
 */
export function walkBriefly({ bytes }: MediaInput, { mimeType }: SniffedType): StructureFacts | undefined {
  const walk = walks[mimeType];
  if (!walk || !bytes) return undefined;
  const structure = walkShort(walk, bytes);
  if (structure === null) throw new AppError('FILE_DAMAGED');
  return structure;
}

/**
 * Walks through the structure of a picture. @returns its frames, where that tells them
 * @throws AppError IMAGE_FORMAT_UNSUPPORTED, FILE_DAMAGED
 */
export async function walkPicture(
  input: MediaInput,
  type: SniffedType,
  signal: AbortSignal,
): Promise<StructureFacts> {
  const walk = walks[type.mimeType];
  if (!walk) throw new AppError('IMAGE_FORMAT_UNSUPPORTED');
  const structure = input.bytes
    ? await walkBytes(walk, input.bytes, signal)
    : await walkFile(walk, input.path, input.size, signal);
  if (structure === null) throw new AppError('FILE_DAMAGED');
  return structure;
}

/** What the image library would find in a picture whose structure says it all; undefined: it has to look. */
export function headerIn({ size }: StructureFacts, { mimeType }: SniffedType): PictureHeader | undefined {
  const format = mimeType === 'image/jpeg' ? 'jpeg' : 'png';
  return size && { ...size, format, compression: undefined, pages: undefined };
}

/**
 * What structure and header say of a picture.
 * @throws AppError IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE
 */
export function pictureFacts(
  structure: StructureFacts,
  header: PictureHeader,
  maxPixels: number,
): MediaFacts {
  const { width, height } = header;
  const format = formatOf(header);
  // Of a HEIC file the other images are tiles and previews.
  const frames = structure.frames ?? (format.extension === 'heic' ? 1 : (header.pages ?? 1));
  const pixels = width * height;
  if (pixels > maxPixels || frames > maxFrames || pixels * frames > maxPixels * animationFactor) {
    throw new AppError('IMAGE_TOO_LARGE');
  }
  return { kind: 'IMAGE', ...format, width, height, durationMs: null, codec: null, frames };
}

/** @throws AppError IMAGE_FORMAT_UNSUPPORTED for HEIF with neither HEVC nor AV1 inside */
function formatOf({ format, compression }: PictureHeader): Pick<MediaFacts, 'mimeType' | 'extension'> {
  switch (format) {
    case 'jpeg':
      return { mimeType: 'image/jpeg', extension: 'jpg' };
    case 'tiff':
      return { mimeType: 'image/tiff', extension: 'tif' };
    case 'png':
    case 'gif':
    case 'webp':
      return { mimeType: `image/${format}`, extension: format };
    default:
      if (compression === 'av1') return { mimeType: 'image/avif', extension: 'avif' };
      if (compression === 'hevc') return { mimeType: 'image/heic', extension: 'heic' };
      throw new AppError('IMAGE_FORMAT_UNSUPPORTED');
  }
}
