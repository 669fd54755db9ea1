import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A small PNG that no other file equals, with `extraBytes` of ballast beside its pixels. */
export function uniquePng(extraBytes = 16): Uint8Array<ArrayBuffer> {
  const pixels = deflateSync(
    Buffer.concat(Array.from({ length: 8 }, () => Buffer.from([0, ...randomBytes(24)]))),
  );
  return png([chunk('teSt', randomBytes(extraBytes)), chunk('IDAT', pixels)]);
}

/** Chunks and checksums are right, but the pixels are not deflated data. */
export function undecodablePng(): Uint8Array<ArrayBuffer> {
  return png([chunk('IDAT', randomBytes(200))]);
}

/** An animated GIF of one pixel in each frame; the claimed screen may be larger (GIF89a, sections 18 to 22). */
export function gifOfFrames(count: number, width = 1, height = 1): Uint8Array<ArrayBuffer> {
  const screen = Buffer.alloc(13);
  screen.write('GIF89a');
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  screen[10] = 0x80;
  const frames = Array.from({ length: count }, (_, frame) => {
    const control = [0x21, 0xf9, 4, 0, 2, 0, 0, 0];
    // LZW codes of three bits: clear, the colour, end.
    const pixels = [2, 2, 0b01_000_100 | ((frame % 2) << 3), 0b1, 0];
    return Buffer.from([...control, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, ...pixels]);
  });
  const colours = Buffer.from([255, 0, 0, 0, 0, 255]);
  return new Uint8Array(Buffer.concat([screen, colours, ...frames, Buffer.from([0x3b])]));
}

/** A WAV of noise: its head, then as many pieces as are asked for; so large files need no memory. */
export function* wavPieces(pieces: number, pieceBytes = 1024 * 1024): Generator<Uint8Array<ArrayBuffer>> {
  const size = pieces * pieceBytes;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + size, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(44_100, 24);
  head.writeUInt32LE(176_400, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(size, 40);
  yield new Uint8Array(head);
  const piece = new Uint8Array(randomBytes(pieceBytes));
  for (let i = 0; i < pieces; i++) yield piece;
}

function png(chunks: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
  return new Uint8Array(
    Buffer.concat([SIGNATURE, chunk('IHDR', header), ...chunks, chunk('IEND', Buffer.alloc(0))]),
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.byteLength + 8);
  frame.writeUInt32BE(data.byteLength, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.byteLength + 4);
  return frame;
}
