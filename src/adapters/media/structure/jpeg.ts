import { JpegHeader } from './jpeg-header.ts';
import { u16be } from './numbers.ts';
import type { Slice, StructureFacts } from './slices.ts';

const scanBytes = 64 * 1024;
/** Marker segments, restart markers apart; real files have some dozens, progressive ones some more. */
const maxSegments = 10_000;

const nothing = new Uint8Array();

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/**
 * JPEG, baseline or progressive (ITU T.81, B.1.1 and B.2): from SOI over the marker segments and the scans to EOI.
 * What follows EOI is not looked at: phones append previews and videos there.
 */
export function* walkJpeg(size: number): Generator<Slice, StructureFacts | null, Uint8Array> {
  const start = yield [0, 2];
  if (start[0] !== 0xff || start[1] !== SOI) return null;
  let at = 2;
  let frames = 0;
  let scans = 0;
  const plain = new JpegHeader();
  for (let segments = 0; segments < maxSegments; segments++) {
    const found = yield* findMarker(at, size);
    if (found === null) return null;
    const header = yield [found, 4];
    const marker = header[1] ?? 0;
    if (marker === EOI) {
      if (frames === 0 || scans === 0) return null;
      return plain.size ? { size: plain.size } : {};
    }
    if (marker === SOI || header.length < 4) return null;
    const length = u16be(header, 2);
    if (length < 2) return null;
    // The header ends with the first scan (B.2.1).
    if (scans === 0) {
      const isNext = found === at;
      plain.take(isNext ? marker : 0, plain.isSure ? yield [found + 4, length - 2] : nothing);
    }
    at = found + 2 + length;
    if (isStartOfFrame(marker)) frames++;
    if (marker === SOS) scans++;
  }
  return null;
}

/**
 * The place of the next marker that opens a segment or ends the file. Skips entropy-coded data, where FF is followed by
 * 00 or a restart marker (B.1.1.5), fill bytes (B.1.1.2), and stray bytes between segments as decoders do.
 */
function* findMarker(from: number, size: number): Generator<Slice, number | null, Uint8Array> {
  let at = from;
  while (at + 1 < size) {
    const bytes = yield [at, scanBytes];
    const last = bytes.length - 1;
    let i = bytes.indexOf(0xff);
    while (i !== -1 && i < last) {
      const next = bytes[i + 1] ?? 0;
      if (next === 0xff) i++;
      else if (next === 0 || next === 1 || (next >= 0xd0 && next <= 0xd7)) i = bytes.indexOf(0xff, i + 2);
      else return at + i;
    }
    at += i === -1 ? bytes.length : Math.max(last, 1);
  }
  return null;
}

/** SOF0 to SOF15 without DHT, JPG and DAC (B.1.1.3, table B.1). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
