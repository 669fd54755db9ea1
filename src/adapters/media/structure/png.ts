import { fourCharacters, u32be } from './numbers.ts';
import type { Slice, StructureFacts } from './slices.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and CRC of a chunk. */
const overhead = 12;

/**
 * PNG and APNG (PNG, third edition, 5.2 and 5.3): the chunks from IHDR to IEND, each within the file.
 * Checksums are left to the decoder; what follows IEND is not looked at.
 */
export function* walkPng(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const start = yield [0, 8];
  if (signature.some((byte, i) => start[i] !== byte)) return null;
  let frames: number | undefined;
  let hasData = false;
  for (let at = 8; at + overhead <= size; ) {
    const header = yield [at, 12];
    const length = u32be(header, 0);
    const type = fourCharacters(header, 4);
    if (at === 8 && (type !== 'IHDR' || length !== 13)) return null;
    if (type === 'IDAT') hasData = true;
    // Before IDAT only, else it is not an animation (11.3.6.1).
    else if (type === 'acTL' && !hasData && length >= 8) frames = u32be(header, 8);
    else if (type === 'IEND') return hasData && length === 0 ? { frames: Math.max(1, frames ?? 1) } : null;
    at += overhead + length;
  }
  return null;
}
