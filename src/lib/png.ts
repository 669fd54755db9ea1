import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** One bit a pixel, grey, no interlace (PNG, section 11.2.1). */
const ONE_BIT_GREY = [1, 0, 0, 0, 0];

/** A row of black and white pixels as PNG packs it: a bit each, the first one the highest, 1 for white. */
export function packRow(isBlack: readonly boolean[]): Uint8Array {
  const row = new Uint8Array(Math.ceil(isBlack.length / 8));
  for (const [x, black] of isBlack.entries()) {
    if (!black) row[x >> 3] = (row[x >> 3] ?? 0) | (0x80 >> (x & 7));
  }
  return row;
}

/** A square of black and white pixels as PNG. @param packed as many rows of `packRow` as each has pixels. */
export function blackAndWhitePng(packed: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = packed.length;
  const rowBytes = Math.ceil(size / 8);
  // Each row begins with its filter: none.
  const rows = new Uint8Array((1 + rowBytes) * size);
  for (const [y, row] of packed.entries()) rows.set(row, y * (1 + rowBytes) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set(ONE_BIT_GREY, 8);
  const parts = [SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND')];
  return new Uint8Array(Buffer.concat(parts));
}

/** PNG, section 5.3. */
function chunk(type: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.byteLength + 8);
  whole.writeUInt32BE(data.byteLength, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.byteLength + 4);
  return whole;
}
