import { type Box, readBoxHeader } from './box.ts';
import { u16be, u32be, u64be } from './numbers.ts';
import type { Slice } from './slices.ts';

/** Bytes; a picture of 10,000 tiles needs a fifth of it. */
const maxLocationBytes = 1024 * 1024;
const maxMetaBoxes = 1000;

/** Whether every byte that the `iloc` box of `meta` names lies within the file (ISO/IEC 14496-12, 8.11.3). */
export function* walkItemLocations(meta: Box, size: number): Generator<Slice, boolean, Uint8Array> {
  const metaEnd = meta.at + meta.length;
  // `meta` is a full box: version and flags precede its children.
  let at = meta.at + 4;
  for (let count = 0; count < maxMetaBoxes && at + 8 <= metaEnd; count++) {
    const box = readBoxHeader(yield [at, 16], at, metaEnd);
    if (box === null || box.at + box.length > metaEnd) return false;
    if (box.type === 'iloc') {
      if (box.length > maxLocationBytes) return false;
      return locationsWithin(yield [box.at, box.length], size);
    }
    at = box.at + box.length;
  }
  return false;
}

function locationsWithin(bytes: Uint8Array, size: number): boolean {
  if (bytes.length < 8) return false;
  const version = bytes[0] ?? 0;
  const [offsetBytes, lengthBytes] = nibbles(bytes[4] ?? 0);
  const [baseBytes, lowNibble] = nibbles(bytes[5] ?? 0);
  const indexBytes = version === 0 ? 0 : lowNibble;
  const idBytes = version < 2 ? 2 : 4;
  let at = 6;
  const next = (width: number): number => {
    const value = unsigned(bytes, at, width);
    at += width;
    return value;
  };
  let items = next(idBytes);
  for (; items > 0 && at < bytes.length; items--) {
    at += idBytes;
    const method = version === 0 ? 0 : next(2) & 15;
    const reference = next(2);
    const base = next(baseBytes);
    let extents = next(2);
    for (; extents > 0 && at < bytes.length; extents--) {
      at += indexBytes;
      const offset = next(offsetBytes);
      const length = next(lengthBytes);
      // Other construction methods count from `idat` or another item, other references from another file.
      if (method === 0 && reference === 0 && base + offset + length > size) return false;
    }
    if (extents > 0) return false;
  }
  return items === 0 && at <= bytes.length;
}

function nibbles(byte: number): [number, number] {
  return [byte >> 4, byte & 15];
}

/** Widths other than 0, 2, 4 and 8 bytes do not occur in sound files and read as 0. */
function unsigned(bytes: Uint8Array, at: number, width: number): number {
  if (width === 8) return u64be(bytes, at);
  if (width === 4) return u32be(bytes, at);
  return width === 2 ? u16be(bytes, at) : 0;
}
