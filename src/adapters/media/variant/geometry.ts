import type { Fit, Focus } from './recipe.ts';

/** px; no result has more in all. */
const maxOutputPixels = 16_000_000;
/** px; WebP ends at 16,383. */
const maxOutputSide = 16_000;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly width: number | null;
  readonly height: number | null;
  readonly fit: Fit;
  readonly focus: Focus;
}

/** What to do with the pixels, in this order. */
export interface Plan {
  /** The whole picture is scaled to this, px. */
  readonly scaled: Size;
  /** Then this part of it is kept. */
  readonly crop: (Size & { readonly left: number; readonly top: number }) | null;
  /** Then it is laid into the middle of this. */
  readonly canvas: Size | null;
  /** px of the result. */
  readonly output: Size;
}

/**
 * Sizes of a variant. Nothing is ever enlarged: a box that is larger than the picture shrinks and keeps its shape; only
 * `contain` keeps the box, and fills it up.
 * @param source px as shown
 */
export function planGeometry(source: Size, { width, height, fit, focus }: Box): Plan {
  if (width === null || height === null) {
    const factor = Math.min(
      1,
      (width ?? source.width) / source.width,
      (height ?? source.height) / source.height,
    );
    return whole(limited(times(source, factor)));
  }
  const box = limited({ width, height });
  const inside = Math.min(1, box.width / source.width, box.height / source.height);
  const outside = Math.min(1, Math.max(box.width / source.width, box.height / source.height));
  switch (fit) {
    case 'inside':
      return whole(limited(times(source, inside)));
    case 'outside':
      return whole(limited(times(source, outside)));
    case 'contain': {
      const scaled = times(source, inside);
      return { scaled, crop: null, canvas: box, output: box };
    }
    case 'fill':
      return whole(within(source, box));
    case 'cover': {
      const cut = within(source, box);
      const factor = Math.max(cut.width / source.width, cut.height / source.height);
      const scaled = times(source, factor);
      const full = {
        width: Math.max(scaled.width, cut.width),
        height: Math.max(scaled.height, cut.height),
      };
      const { x, y } = typeof focus === 'object' ? focus : { x: 0.5, y: 0.5 };
      const crop = {
        ...cut,
        left: offset(x, full.width, cut.width),
        top: offset(y, full.height, cut.height),
      };
      const isWhole = cut.width === full.width && cut.height === full.height;
      return { scaled: full, crop: isWhole ? null : crop, canvas: null, output: cut };
    }
  }
}

function whole(size: Size): Plan {
  return { scaled: size, crop: null, canvas: null, output: size };
}

/** The box, made smaller until both of its sides fit into the source. */
function within(source: Size, box: Size): Size {
  return times(box, Math.min(1, source.width / box.width, source.height / box.height));
}

function limited(size: Size): Size {
  const bySide = maxOutputSide / Math.max(size.width, size.height);
  const byArea = Math.sqrt(maxOutputPixels / (size.width * size.height));
  return bySide >= 1 && byArea >= 1 ? size : times(size, Math.min(bySide, byArea), Math.floor);
}

function times({ width, height }: Size, factor: number, round = Math.round): Size {
  return { width: Math.max(1, round(width * factor)), height: Math.max(1, round(height * factor)) };
}

/** Where the cut begins, so that its middle is as near to the point as the edges let it. */
function offset(fraction: number, length: number, cut: number): number {
  return Math.min(Math.max(Math.round(fraction * length - cut / 2), 0), length - cut);
}
