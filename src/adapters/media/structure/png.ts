import { crc32 } from 'node:zlib';
import { fourCharacters, u32be } from './numbers.ts';
import type { PixelSize, Slice, StructureFacts } from './slices.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and CRC of a chunk. */
const overhead = 12;
const headerBytes = 13;
/** Bits of a sample by colour type (11.2.1). */
const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const paletteColour = 3;
/** Bytes of chunks that say nothing of the size; with others a decoder may refuse the picture. */
const plainChunks: Readonly<Record<string, number>> = { gAMA: 4, cHRM: 32, sRGB: 1, pHYs: 9, tIME: 7 };
/** Those that a decoder reads and may refuse, or that may hold an orientation (11.3 and the registered extensions). */
const readChunks = new Set(
  (
    'tRNS bKGD hIST iCCP sBIT sPLT tEXt zTXt iTXt eXIf zxIf cICP mDCV mDCv mDLI cLLI cLLi acTL fcTL fdAT ' +
    'oFFs pCAL sCAL gIFg gIFx gIFt sTER dSIG'
  ).split(' '),
);

/**
 * PNG and APNG (PNG, third edition, 5.2 and 5.3): the chunks from IHDR to IEND, each within the file.
 * Checksums are left to the decoder; what follows IEND is not looked at.
 */
export function* walkPng(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const start = yield [0, 8];
  if (signature.some((byte, i) => start[i] !== byte)) return null;
  let frames: number | undefined;
  let hasData = false;
  let picture: { readonly size: PixelSize; readonly needsPalette: boolean } | undefined;
  let palettes = 0;
  let isPlain = true;
  for (let at = 8; at + overhead <= size; ) {
    const header = yield [at, 12];
    const length = u32be(header, 0);
    const type = fourCharacters(header, 4);
    if (at === 8) {
      if (type !== 'IHDR' || length !== headerBytes) return null;
      picture = readHeader(yield [at + 4, 4 + headerBytes + 4]);
    } else if (type === 'IDAT') {
      hasData = true;
    } else if (type === 'IEND') {
      if (!hasData || length > 0) return null;
      const isSure = isPlain && (palettes === 1 || !picture?.needsPalette);
      return { frames: Math.max(1, frames ?? 1), ...(isSure && picture && { size: picture.size }) };
    } else {
      // Before IDAT only, else it is not an animation (11.3.6.1).
      if (type === 'acTL' && !hasData && length >= 8) frames = u32be(header, 8);
      if (type === 'PLTE') isPlain &&= ++palettes === 1 && !hasData && isPalette(length);
      else isPlain &&= isPlainChunk(type, length);
    }
    at += overhead + length;
  }
  return null;
}

/**
 * IHDR (11.2.1). @param chunk from its type to its CRC
 * @returns undefined for what a decoder might not take
 */
function readHeader(chunk: Uint8Array): { size: PixelSize; needsPalette: boolean } | undefined {
  const data = chunk.subarray(4, 4 + headerBytes);
  const [depth = 0, colour = 0, compression, filter, interlace = 2] = data.subarray(8);
  const [width, height] = [u32be(data, 0), u32be(data, 4)];
  const isSound =
    width > 0 &&
    height > 0 &&
    Math.max(width, height) < 2 ** 31 &&
    depths[colour]?.includes(depth) &&
    compression === 0 &&
    filter === 0 &&
    interlace < 2 &&
    crc32(chunk.subarray(0, 4 + headerBytes)) === u32be(chunk, 4 + headerBytes);
  return isSound ? { size: { width, height }, needsPalette: colour === paletteColour } : undefined;
}

/** Of one to 256 colours (11.2.2). */
function isPalette(length: number): boolean {
  return length > 0 && length <= 3 * 256 && length % 3 === 0;
}

/** Of a chunk that is nobody's a decoder must not take notice, unless its first letter is a capital (5.4). */
function isPlainChunk(type: string, length: number): boolean {
  const bytes = plainChunks[type];
  if (bytes !== undefined) return bytes === length;
  return !readChunks.has(type) && /^[a-z][A-Za-z][A-Z][A-Za-z]$/.test(type);
}
