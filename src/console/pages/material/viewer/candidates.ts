import type { MaterialSizesQuery } from '../../../generated/graphql.ts';
import type { Detail } from '../detail.ts';

type Shown = Pick<Detail, 'mimeType' | 'width' | 'url'>;
type Sizes = NonNullable<MaterialSizesQuery['material']>;

/** One of the addresses under which a picture is there in several widths. */
export interface Candidate {
  readonly url: string;
  /** px */
  readonly width: number;
}

/** What browsers show as it is. */
const SHOWN = new Set(['image/jpeg', 'image/png', 'image/apng', 'image/gif', 'image/webp', 'image/avif']);

/** The picture as it is, where browsers may show what the server cannot decode. */
export function ownCandidates({ mimeType, url, width }: Shown): Candidate[] {
  return isShownByBrowsers(mimeType) ? [{ url, width: width ?? 0 }] : [];
}

/** The widths of a picture from the smallest to its own, each once. Of what browsers do not show, all are made. */
export function candidatesOf(
  material: Pick<Detail, 'mimeType' | 'width' | 'url'>,
  sizes: Sizes,
): Candidate[] {
  const made = [
    { url: sizes.w320, width: 320 },
    { url: sizes.w640, width: 640 },
    { url: sizes.w960, width: 960 },
    { url: sizes.w1600, width: 1600 },
    { url: sizes.w2400, width: 2400 },
  ];
  const own = material.width ?? 0;
  const smaller = made.filter(({ width }) => width < own);
  const [largest] = ownCandidates(material);
  if (largest) return [...smaller, largest];
  const next = made[smaller.length];
  return next ? [...smaller, { url: next.url, width: own }] : smaller;
}

function isShownByBrowsers(mimeType: string): boolean {
  return SHOWN.has(mimeType);
}
