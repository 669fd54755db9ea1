import type { SharpOptions } from 'sharp';

type Sharp = typeof import('sharp').default;

let loading: Promise<Sharp> | undefined;

/**
 * The image library with nothing but its raster loaders. Loaded at first use, since it costs 18 MB; its settings hold
 * for the whole process, so everything that needs it gets it here.
 */
export function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Decoded pictures are kept by us as files, never by the library in memory.
    sharp.cache(false);
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((name) => `VipsForeignLoad${name}`),
    });
    return sharp;
  });
  return loading;
}

/** What every picture from outside is opened with. `maxPixels` bounds one frame. */
export function pictureOptions(maxPixels: number): SharpOptions {
  return { limitInputPixels: maxPixels, failOn: 'error', sequentialRead: true };
}

/** Whether the library refused a picture because of its claimed size, before decoding anything. */
export function isPixelLimitError(error: unknown): boolean {
  return error instanceof Error && error.message.includes('exceeds pixel limit');
}
