import type { Focus, Recipe } from '../../../adapters/media/index.ts';
import { AppError } from '../../../errors.ts';
import type { Ctx } from '../../context.ts';
import type { FileDescriptor } from '../open-file.ts';
import { chooseFormat } from './choose-format.ts';
import type { VariantParameters } from './parameters.ts';

/** A variant as a transport needs it to send it, with ranges and conditions as any file. */
export interface OpenedVariant {
  readonly content: Blob;
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
  /** Strong, with its quotes; other bytes have another one. */
  readonly etag: string;
  /** The original's name with the extension that the bytes have. */
  readonly filename: string;
  /** The request header that the answer depends on. */
  readonly vary: 'Accept' | null;
}

const ALL_DEFAULT: VariantParameters = {
  width: null,
  height: null,
  fit: 'cover',
  focus: null,
  format: 'own',
  quality: null,
  blur: null,
  rotate: 0,
  background: null,
};

export interface VariantRequest {
  readonly parameters: VariantParameters | null;
  /** The still picture that stands for a video. */
  readonly poster?: boolean;
  /** The `Accept` header. */
  readonly accept: string | null;
}

/**
 * A picture, or the poster of a video, made to measure. The caller has checked that the file may be seen.
 * @throws AppError PARAMS_INVALID for what has no variants, NOT_FOUND for posters where ffmpeg is missing,
 * FILE_DAMAGED, IMAGE_TOO_LARGE, PROBE_TIMEOUT, SERVICE_UNAVAILABLE
 */
export async function openVariant(
  ctx: Ctx,
  file: FileDescriptor,
  { parameters, poster = false, accept }: VariantRequest,
): Promise<OpenedVariant> {
  requireKind(ctx, file, poster);
  const { focus, ...wanted } = parameters ?? ALL_DEFAULT;
  const format = chooseFormat(wanted.format, accept, file);
  const recipe: Recipe = {
    ...wanted,
    format,
    focus: focus ?? (isCut(wanted) ? focalPoint(file) : 'centre'),
    quality: format === 'png' || format === 'gif' ? null : wanted.quality,
  };
  const variant = await ctx.variants.open({ ...file, isFilm: poster }, recipe, ctx.signal);
  return {
    content: variant.content,
    size: variant.size,
    mimeType: `image/${variant.extension}`,
    etag: `"${variant.digest}"`,
    filename: `${file.originFilename.replace(/\.[^./\\]{1,8}$/, '')}.${variant.extension === 'jpeg' ? 'jpg' : variant.extension}`,
    vary: wanted.format === 'auto' ? 'Accept' : null,
  };
}

function requireKind({ variants }: Ctx, { kind, damaged }: FileDescriptor, poster: boolean): void {
  if (poster) {
    if (kind !== 'VIDEO') throw new AppError('PARAMS_INVALID', { detail: 'Only videos have a poster.' });
    if (!variants.hasPosters) throw new AppError('NOT_FOUND');
  } else if (kind !== 'IMAGE') {
    const detail = 'Only pictures are made to measure; of a video, its poster is.';
    throw new AppError('PARAMS_INVALID', { detail });
  }
  if (damaged) throw new AppError('FILE_DAMAGED');
}

function isCut({ width, height, fit }: Pick<VariantParameters, 'width' | 'height' | 'fit'>): boolean {
  return width !== null && height !== null && fit === 'cover';
}

function focalPoint({ focalX, focalY }: FileDescriptor): Focus {
  return focalX === null || focalY === null ? 'centre' : { x: focalX, y: focalY };
}
