const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const CHANNELS = 4;
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

/**
 * An uncompressed RGBA TIFF (TIFF 6.0) around pixels that are still to be written into `pixels`, so that they are in
 * memory once. @param icc colour profile of the pixels
 */
export function frameTiff(
  width: number,
  height: number,
  icc: Uint8Array = new Uint8Array(),
): { readonly tiff: Buffer; readonly pixels: Uint8ClampedArray<ArrayBuffer> } {
  const fields: [tag: number, type: number, count: number, value: number][] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, CHANNELS, 0],
    // No compression, RGB.
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, 0],
    [277, SHORT, 1, CHANNELS],
    [278, LONG, 1, height],
    [279, LONG, 1, width * height * CHANNELS],
    // The fourth channel is alpha that the colours are not multiplied with.
    [338, SHORT, 1, 2],
  ];
  if (icc.length > 0) fields.push([34_675, UNDEFINED, icc.length, 0]);
  const bitsAt = HEADER_BYTES + 2 + fields.length * ENTRY_BYTES + 4;
  const iccAt = bitsAt + 2 * CHANNELS;
  const pixelsAt = iccAt + icc.length + (icc.length % 2);
  const places: Readonly<Record<number, number>> = { 258: bitsAt, 273: pixelsAt, 34675: iccAt };

  const memory = new ArrayBuffer(pixelsAt + width * height * CHANNELS);
  const tiff = Buffer.from(memory);
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(HEADER_BYTES, 4);
  tiff.writeUInt16LE(fields.length, HEADER_BYTES);
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = HEADER_BYTES + 2 + index * ENTRY_BYTES;
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(count, at + 4);
    tiff.writeUInt32LE(places[tag] ?? value, at + 8);
  }
  for (let channel = 0; channel < CHANNELS; channel++) tiff.writeUInt16LE(8, bitsAt + 2 * channel);
  tiff.set(icc, iccAt);
  return { tiff, pixels: new Uint8ClampedArray(memory, pixelsAt) };
}
