export const fits = ['cover', 'contain', 'fill', 'inside', 'outside'] as const;
export type Fit = (typeof fits)[number];

export const variantFormats = ['avif', 'webp', 'jpeg', 'png', 'gif'] as const;
export type VariantFormat = (typeof variantFormats)[number];

/** What a cut keeps: a point as fractions of width and height, or what the picture itself shows. */
export type Focus = 'centre' | 'attention' | 'entropy' | { readonly x: number; readonly y: number };

/** How one picture is made out of another. */
export interface Recipe {
  /** px of the box; null is free. */
  readonly width: number | null;
  readonly height: number | null;
  /** How the picture lies in a box of two sides. */
  readonly fit: Fit;
  readonly focus: Focus;
  /** `plain`: JPEG, or PNG where the picture has an alpha channel. */
  readonly format: VariantFormat | 'plain';
  /** 1 to 100; null is the format's own default, and the only value for PNG and GIF. */
  readonly quality: number | null;
  /** Sigma of the Gaussian, px of the result; null for none. */
  readonly blur: number | null;
  /** Degrees clockwise, after the orientation that the file asks for. */
  readonly rotate: 0 | 90 | 180 | 270;
  /** RRGGBBAA in lower case: what lies around the picture and behind it; null is nothing, or white for JPEG. */
  readonly background: string | null;
}

export interface RenderLimits {
  /** Most pixels of one frame of the source. */
  readonly maxImagePixels: number;
  /** Seconds that libvips may take. */
  readonly timeoutSeconds: number;
}

/** One piece of work, as a child process gets it. */
export interface RenderJob {
  readonly source: string;
  readonly recipe: Recipe;
  readonly limits: RenderLimits;
  /** Where the result goes; the file must not exist. */
  readonly target: string;
}

/** A picture that was made; `bytes` only where the target could not be written. */
export interface Rendered {
  readonly mimeType: string;
  /** Bytes. */
  readonly size: number;
  /** Of the result, hex. */
  readonly sha256: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}
