import { fourCharacters } from './numbers.ts';

/** `Exif` and two zero bytes, before the TIFF header (Exif 2.32, 4.7.2.1). */
const prefixBytes = 6;
const entryBytes = 12;
const ORIENTATION = 0x0112;
const SHORT = 3;

/** Whether the data of an APP1 segment are Exif, not XMP. */
export function isExif(data: Uint8Array): boolean {
  return fourCharacters(data, 0) === 'Exif';
}

/**
 * The orientation that the first directory of Exif data tells (Exif 2.32, 4.6.2 and 4.6.4).
 * @returns 1 to 8, 1 where there is none; undefined for anything that readers could understand in different ways
 */
export function exifOrientation(data: Uint8Array): number | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < prefixBytes + 8 || view.getUint16(4) !== 0) return undefined;
  const order = view.getUint16(prefixBytes);
  const little = order === 0x4949;
  if (!little && order !== 0x4d4d) return undefined;
  if (view.getUint16(prefixBytes + 2, little) !== 42) return undefined;
  const directory = prefixBytes + view.getUint32(prefixBytes + 4, little);
  if (directory < prefixBytes + 8 || directory + 2 > data.length) return undefined;
  const count = view.getUint16(directory, little);
  if (directory + 2 + count * entryBytes > data.length) return undefined;
  let orientation: number | undefined;
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * entryBytes;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const isPlain = view.getUint16(entry + 2, little) === SHORT && view.getUint32(entry + 4, little) === 1;
    const value = view.getUint16(entry + 8, little);
    if (orientation !== undefined || !isPlain || value < 1 || value > 8) return undefined;
    orientation = value;
  }
  return orientation ?? 1;
}
