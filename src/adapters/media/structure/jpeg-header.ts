import { exifOrientation, isExif } from './exif.ts';
import { u16be } from './numbers.ts';
import type { PixelSize } from './slices.ts';

/** Decoders take no longer side (libjpeg). */
const maxSide = 65_500;
const maxTable = 3;

const SOF0 = 0xc0;
const SOF2 = 0xc2;
const DHT = 0xc4;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP15 = 0xef;
const COM = 0xfe;

/**
 * The header of a JPEG (ITU T.81, B.2), segment by segment. It is sure of the size as long as all of it is what every
 * decoder takes: eight bits a sample, baseline, extended or progressive, with Huffman tables, nothing out of place.
 */
export class JpegHeader {
  #isSure = true;
  #frame: PixelSize | undefined;
  #components: readonly number[] = [];
  #hasScan = false;
  #orientation: number | undefined;

  get isSure(): boolean {
    return this.#isSure;
  }

  /** As shown; undefined where it is not sure. */
  get size(): PixelSize | undefined {
    if (!this.#isSure || !this.#frame || !this.#hasScan) return undefined;
    const { width, height } = this.#frame;
    // From 5 on they lie on their side (Exif 2.32, 4.6.4).
    return (this.#orientation ?? 1) >= 5 ? { width: height, height: width } : { width, height };
  }

  /** Takes the next segment, up to that of the first scan. @param marker 0 for what is out of place */
  take(marker: number, data: Uint8Array): void {
    this.#isSure &&= this.#accepts(marker, data);
  }

  #accepts(marker: number, data: Uint8Array): boolean {
    if (marker >= SOF0 && marker <= SOF2) return this.#takeFrame(data);
    if (marker === DQT) return areQuantization(data);
    if (marker === DHT) return areHuffman(data);
    if (marker === DRI) return data.length === 2;
    if (marker === SOS) return this.#takeScan(data);
    if (marker === APP1 && isExif(data)) return this.#takeExif(data);
    return (marker >= APP0 && marker <= APP15) || marker === COM;
  }

  /** B.2.2 */
  #takeFrame(data: Uint8Array): boolean {
    const [precision, , , , , count = 0] = data;
    if (this.#frame || precision !== 8 || ![1, 3, 4].includes(count) || data.length !== 6 + 3 * count) {
      return false;
    }
    const [height, width] = [u16be(data, 1), u16be(data, 3)];
    const components = Array.from({ length: count }, (_, i) => data.subarray(6 + 3 * i, 9 + 3 * i));
    this.#frame = { width, height };
    this.#components = components.map(([id = 0]) => id);
    const isSampled = (factor: number) => factor >= 1 && factor <= 4;
    return (
      width > 0 &&
      height > 0 &&
      Math.max(width, height) <= maxSide &&
      new Set(this.#components).size === count &&
      components.every(([, factors = 0]) => isSampled(factors >> 4) && isSampled(factors & 15))
    );
  }

  /** B.2.3 */
  #takeScan(data: Uint8Array): boolean {
    this.#hasScan = true;
    const [count = 0] = data;
    if (count < 1 || count > this.#components.length || data.length !== 4 + 2 * count) return false;
    const ids = Array.from({ length: count }, (_, i) => data[1 + 2 * i] ?? 0);
    return new Set(ids).size === count && ids.every((id) => this.#components.includes(id));
  }

  #takeExif(data: Uint8Array): boolean {
    if (this.#orientation !== undefined) return false;
    this.#orientation = exifOrientation(data);
    return this.#orientation !== undefined;
  }
}

/** B.2.4.1 */
function areQuantization(data: Uint8Array): boolean {
  let at = 0;
  while (at < data.length) {
    const head = data[at] ?? 0;
    if (head >> 4 > 1 || (head & 15) > maxTable) return false;
    at += 1 + 64 * (1 + (head >> 4));
  }
  return at === data.length;
}

/** B.2.4.2 */
function areHuffman(data: Uint8Array): boolean {
  let at = 0;
  while (at < data.length) {
    const head = data[at] ?? 0;
    if (head >> 4 > 1 || (head & 15) > maxTable) return false;
    const values = data.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
    if (values > 256) return false;
    at += 17 + values;
  }
  return at === data.length;
}
