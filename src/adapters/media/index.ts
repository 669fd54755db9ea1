export { makePlaceholder, type PlaceholderOptions } from './placeholder.ts';
export { createProber } from './prober.ts';
export { loadSharp, pictureOptions } from './sharp.ts';
export type { MediaFacts, MediaInput, MediaKind, Prober, ProberOptions } from './types.ts';
