import type { Slice, StructureFacts } from './slices.ts';

const maxDirectories = 10_000;
const maxEntries = 4096;
/** Strips or tiles of all directories together. */
const maxParts = 4_000_000;
const valuesInOneGo = 4096;

const STRIP_OFFSETS = 273;
const STRIP_BYTE_COUNTS = 279;
const TILE_OFFSETS = 324;
const TILE_BYTE_COUNTS = 325;

/** Bytes of one value by field type (TIFF 6.0, section 2; BigTIFF adds 16 to 18). */
const valueBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** Where a tag's values lie in the file. */
interface Field {
  readonly at: number;
  readonly count: number;
  /** Bytes of one value. */
  readonly width: number;
}

/** How numbers are written in this file. */
interface Layout {
  readonly little: boolean;
  /** BigTIFF has 8-byte places and counts. */
  readonly big: boolean;
}

/**
 * TIFF and BigTIFF (TIFF 6.0, section 2): every directory of the chain, its values and its strips or tiles within the
 * file. A chain that comes back to itself is broken.
 */
export function* walkTiff(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const header = yield [0, 16];
  if (header.length < 8) return null;
  const little = header[0] === 0x49;
  const magic = little ? header[2] : header[3];
  const layout: Layout = { little, big: magic === 43 };
  if (layout.big && header.length < 16) return null;
  const seen = new Set<number>();
  let parts = 0;
  let directory = layout.big ? number(header, 8, 8, layout) : number(header, 4, 4, layout);
  while (directory !== 0) {
    if (seen.has(directory) || seen.size >= maxDirectories) return null;
    seen.add(directory);
    const read = yield* readDirectory(directory, size, layout);
    if (read === null) return null;
    parts += read.parts;
    if (parts > maxParts || !(yield* partsWithin(read.fields, size, layout))) return null;
    directory = read.next;
  }
  return seen.size > 0 && parts > 0 ? {} : null;
}

interface Directory {
  readonly fields: ReadonlyMap<number, Field>;
  /** Strips or tiles. */
  readonly parts: number;
  readonly next: number;
}

function* readDirectory(
  at: number,
  size: number,
  layout: Layout,
): Generator<Slice, Directory | null, Uint8Array> {
  const [countWidth, placeWidth] = layout.big ? [8, 8] : [2, 4];
  const entryWidth = 4 + 2 * placeWidth;
  const head = yield [at, countWidth];
  if (head.length < countWidth) return null;
  const count = number(head, 0, countWidth, layout);
  if (count === 0 || count > maxEntries) return null;
  const length = count * entryWidth + placeWidth;
  const first = at + countWidth;
  const bytes = yield [first, length];
  if (bytes.length < length) return null;
  const fields = new Map<number, Field>();
  for (let i = 0; i < count; i++) {
    const entry = i * entryWidth;
    const width = valueBytes[number(bytes, entry + 2, 2, layout)];
    // Readers skip fields of unknown type (section 2).
    if (width === undefined) continue;
    const values = number(bytes, entry + 4, placeWidth, layout);
    const slot = entry + 4 + placeWidth;
    const inline = values * width <= placeWidth;
    const place = inline ? first + slot : number(bytes, slot, placeWidth, layout);
    if (place + values * width > size) return null;
    fields.set(number(bytes, entry, 2, layout), { at: place, count: values, width });
  }
  const parts = fields.get(STRIP_OFFSETS) ?? fields.get(TILE_OFFSETS);
  return { fields, parts: parts?.count ?? 0, next: number(bytes, count * entryWidth, placeWidth, layout) };
}

function* partsWithin(
  fields: ReadonlyMap<number, Field>,
  size: number,
  layout: Layout,
): Generator<Slice, boolean, Uint8Array> {
  for (const [offsetTag, countTag] of [
    [STRIP_OFFSETS, STRIP_BYTE_COUNTS],
    [TILE_OFFSETS, TILE_BYTE_COUNTS],
  ] as const) {
    const offsets = fields.get(offsetTag);
    if (!offsets) continue;
    const counts = fields.get(countTag);
    if (!counts || counts.count < offsets.count) return false;
    for (let i = 0; i < offsets.count; i += valuesInOneGo) {
      const length = Math.min(valuesInOneGo, offsets.count - i);
      const places = yield [offsets.at + i * offsets.width, length * offsets.width];
      const lengths = yield [counts.at + i * counts.width, length * counts.width];
      for (let k = 0; k < length; k++) {
        const place = number(places, k * offsets.width, offsets.width, layout);
        if (place + number(lengths, k * counts.width, counts.width, layout) > size) return false;
      }
    }
  }
  return true;
}

/** An unsigned number of 1, 2, 4 or 8 bytes; exact up to 2^53. */
function number(bytes: Uint8Array, at: number, width: number, { little }: Layout): number {
  let value = 0;
  for (let i = 0; i < width; i++) {
    value = value * 256 + (bytes[little ? at + width - 1 - i : at + i] ?? 0);
  }
  return value;
}
