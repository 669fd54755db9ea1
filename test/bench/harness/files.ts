import sharp from 'sharp';
import type { Body } from './send.ts';

/** A file to upload. */
export interface UploadFile extends Body {
  readonly name: string;
}

const MIB = 1024 * 1024;
const WAVE_HEADER_BYTES = 44;
const UNIQUE_BYTES = 32;

const noise = randomBytes(MIB);

/** A sound of noise, the same each time but for its first samples: no two files are equal. @param length bytes */
export function wave(name: string, length: number): UploadFile {
  const header = Buffer.alloc(WAVE_HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(length - 8, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(44_100, 24);
  header.writeUInt32LE(44_100 * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(length - WAVE_HEADER_BYTES, 40);
  const start = Buffer.concat([header, randomBytes(UNIQUE_BYTES)]);
  return {
    name,
    length,
    *pieces() {
      yield start;
      for (let left = length - start.byteLength; left > 0; left -= MIB) yield noise.subarray(0, left);
    },
  };
}

/** JPEGs of some 155 kB, 1200 × 900 px; fewer at a lower quality. */
export async function makePictures(count: number, quality = 80): Promise<Buffer[]> {
  const one = () =>
    sharp({
      create: {
        width: 1200,
        height: 900,
        channels: 3,
        background: '#000',
        noise: { type: 'gaussian', mean: 128, sigma: 10 },
      },
    })
      .jpeg({ quality })
      .toBuffer();
  return await Promise.all(Array.from({ length: count }, one));
}

/** A JPEG of 4000 × 3000 px, some 2.5 MB. */
export async function makePhoto(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 400, height: 300, channels: 3, background: '#888', noise } as const;
  return await sharp(await sharp({ create }).png().toBuffer())
    .resize(4000, 3000, { kernel: 'cubic' })
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** The picture with a comment segment that no other has (ITU-T T.81, B.2.4.5). */
export function uniquePicture(name: string, picture: Uint8Array): UploadFile {
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 2 + UNIQUE_BYTES]), randomBytes(UNIQUE_BYTES)]);
  const bytes = Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)]);
  return { name, length: bytes.byteLength, pieces: () => [bytes] };
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(start + 65_536, length)));
  }
  return bytes;
}
