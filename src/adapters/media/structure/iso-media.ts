import { type Box, readBoxHeader } from './box.ts';
import { walkItemLocations } from './item-locations.ts';
import type { Slice, StructureFacts } from './slices.ts';

/** Boxes that belong to the file itself; one of them beyond the end means that the file was cut. */
const ownBoxes = new Set([
  'ftyp',
  'styp',
  'meta',
  'moov',
  'moof',
  'mdat',
  'free',
  'skip',
  'wide',
  'uuid',
  'mfra',
]);

/** More top-level boxes than a day of video in fragments of a second has. */
const maxBoxes = 1_000_000;

/**
 * AVIF and HEIC (ISO/IEC 14496-12, 4.2 and 8.11.3; ISO/IEC 23008-12): boxes within the file, and the bytes of every
 * item that `iloc` names. What camera makers append after the boxes is not looked at.
 */
export function* walkIsoPicture(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const boxes = yield* topLevelBoxes(size);
  const meta = boxes?.get('meta');
  if (!meta) return null;
  return (yield* walkItemLocations(meta, size)) ? {} : null;
}

/** MP4 and QuickTime: boxes within the file, and sample data beside the index. */
export function* walkIsoMovie(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const boxes = yield* topLevelBoxes(size);
  return boxes?.has('mdat') && boxes.has('moov') ? {} : null;
}

/** The first box of each type; null when one of the file's own boxes ends beyond the file. */
function* topLevelBoxes(size: number): Generator<Slice, Map<string, Box> | null, Uint8Array> {
  const boxes = new Map<string, Box>();
  let at = 0;
  for (let count = 0; at + 8 <= size; count++) {
    if (count === maxBoxes) return null;
    const box = readBoxHeader(yield [at, 16], at, size);
    if (box === null) break;
    const end = box.at + box.length;
    if (end > size) {
      if (ownBoxes.has(box.type)) return null;
      break;
    }
    // Bounded: a file of nothing but tiny boxes must not fill memory.
    if (ownBoxes.has(box.type) && !boxes.has(box.type)) boxes.set(box.type, box);
    at = end;
  }
  return boxes;
}
