export { createProber } from './prober.ts';
export type { MediaFacts, MediaInput, Prober } from './types.ts';
export { type Fit, type Focus, fits, type Recipe, type Rendered, variantFormats } from './variant/recipe.ts';
export { Renderer, type RenderRequest } from './variant/renderer.ts';
