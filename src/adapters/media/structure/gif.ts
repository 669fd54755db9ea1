import type { Slice, StructureFacts } from './slices.ts';

const extensionIntroducer = 0x21;
const imageSeparator = 0x2c;
const trailer = 0x3b;

/**
 * GIF87a and GIF89a (GIF89a specification, 17 to 27 and appendix B): blocks up to the trailer.
 * What follows the trailer is not looked at.
 */
export function* walkGif(_size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const screen = yield [0, 13];
  if (screen.length < 13 || screen[0] !== 0x47 || screen[1] !== 0x49 || screen[2] !== 0x46) return null;
  let at = 13 + colourTableBytes(screen[10] ?? 0);
  let hasImage = false;
  for (;;) {
    const block = yield [at, 10];
    switch (block[0]) {
      case trailer:
        return hasImage ? {} : null;
      case extensionIntroducer:
        at = yield* skipSubBlocks(at + 2);
        break;
      case imageSeparator:
        if (block.length < 10) return null;
        hasImage = true;
        // One byte more: the LZW minimum code size.
        at = yield* skipSubBlocks(at + 10 + colourTableBytes(block[9] ?? 0) + 1);
        break;
      case 0:
        // Some encoders end a block twice, and every decoder forgives it.
        at++;
        break;
      default:
        return null;
    }
  }
}

/** @returns the place after the block terminator, or beyond the file. */
function* skipSubBlocks(from: number): Generator<Slice, number, Uint8Array> {
  let at = from;
  for (;;) {
    const length = (yield [at, 1])[0];
    if (length === undefined) return at;
    at += length + 1;
    if (length === 0) return at;
  }
}

/** Bytes of the colour table that a packed field announces. */
function colourTableBytes(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}
