import type { Services } from '../../context.ts';
import { fileUrl } from '../file-url.ts';
import type { MaterialRecord } from '../record.ts';
import type { Modifiers } from './modifiers.ts';
import { parseParameters, printParameters } from './parameters.ts';

type Shown = Pick<MaterialRecord, 'basePath' | 'sha256' | 'kind' | 'focalX' | 'focalY'>;

/** What front ends may ask of an address; null is nothing. */
export interface VariantArguments {
  /** px */
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
  readonly fit?: Modifiers['fit'] | null | undefined;
  readonly format?: Modifiers['format'] | null | undefined;
  /** 1 to 100 */
  readonly quality?: number | null | undefined;
}

/**
 * Address of a picture made to measure; of anything else, and without arguments, that of the file.
 * @throws AppError PARAMS_INVALID
 */
export function variantUrl(
  services: Pick<Services, 'urls'>,
  material: Shown,
  wanted: VariantArguments,
): string {
  const query = canonicalQuery(material, wanted);
  return fileUrl(services, material) + (material.kind === 'IMAGE' ? query : '');
}

/**
 * Address of the still picture that stands for a video; null for what has none, and where ffmpeg is missing.
 * @throws AppError PARAMS_INVALID
 */
export function posterUrl(
  services: Pick<Services, 'urls' | 'variants'>,
  material: Shown,
  wanted: VariantArguments,
): string | null {
  const query = canonicalQuery(material, wanted);
  if (material.kind !== 'VIDEO' || !services.variants.hasPosters) return null;
  return `${fileUrl(services, material)}&poster${query}`;
}

/** The parameters as they were asked for. */
export function variantQuery({
  width,
  height,
  fit,
  format,
  quality,
}: VariantArguments): Record<string, string> {
  const wanted = Object.entries({ w: width, h: height, fit, format, q: quality });
  return Object.fromEntries(
    wanted.flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  );
}

function canonicalQuery({ focalX, focalY }: Shown, wanted: VariantArguments): string {
  const given = variantQuery(wanted);
  // A list asks for many addresses, mostly plain ones.
  if (Object.keys(given).length === 0) return '';
  // A crop may be cached for ever too, so its address changes when what it keeps in sight does.
  if (focalX !== null && focalY !== null) given.focus = `${focalX.toFixed(2)},${focalY.toFixed(2)}`;
  const parameters = parseParameters(new URLSearchParams(given));
  return parameters ? `&${printParameters(parameters)}` : '';
}
