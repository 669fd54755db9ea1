export { walkGif } from './gif.ts';
export { walkIsoMovie, walkIsoPicture } from './iso-media.ts';
export { walkJpeg } from './jpeg.ts';
export { walkPng } from './png.ts';
export { type StructureFacts, type StructureWalk, walkBytes, walkFile, walkShort } from './slices.ts';
export { walkTiff } from './tiff.ts';
export { walkWebp } from './webp.ts';
