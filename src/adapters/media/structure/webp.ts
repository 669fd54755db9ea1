import { fourCharacters, u32le } from './numbers.ts';
import type { Slice, StructureFacts } from './slices.ts';

/**
 * WebP (RFC 9649, 2.3 to 2.7): the RIFF size and the size of every chunk within the file.
 * What follows the RIFF container is not looked at (2.4 tells readers to ignore it).
 */
export function* walkWebp(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const start = yield [0, 12];
  if (start.length < 12 || fourCharacters(start, 0) !== 'RIFF' || fourCharacters(start, 8) !== 'WEBP') {
    return null;
  }
  const end = 8 + u32le(start, 4);
  if (end > size) return null;
  let hasImage = false;
  for (let at = 12; at + 8 <= end; ) {
    const header = yield [at, 8];
    const type = fourCharacters(header, 0);
    const length = u32le(header, 4);
    if (at + 8 + length > end) return null;
    if (type === 'VP8 ' || type === 'VP8L' || type === 'ANMF') hasImage = true;
    at += 8 + length + (length % 2);
  }
  return hasImage ? {} : null;
}
