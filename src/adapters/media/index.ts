export { makePlaceholder } from './placeholder.ts';
export { createProber } from './prober.ts';
export { loadSharp } from './sharp.ts';
export type { MediaFacts, MediaInput, Prober } from './types.ts';
