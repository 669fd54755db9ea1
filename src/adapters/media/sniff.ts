import { open } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { MediaInput } from './types.ts';

/** What the first bytes look like. */
export interface SniffedType {
  /** Without parameters. */
  readonly mimeType: string;
  readonly extension: string;
}

const sampleBytes = 4100;
/** Tags that may stand before the sound; taggers that do not know each other stack two. */
const maxTags = 4;

type Signature = readonly [magic: RegExp, mimeType: string, extension: string];

const gif: Signature = [/^GIF8[79]a/, 'image/gif', 'gif'];
const webp: Signature = [/^RIFF.{4}WEBP/s, 'image/webp', 'webp'];
/** The first bytes of the formats that nearly every upload has: known without loading the detector (14 MB). */
const commonPictures: readonly Signature[] = [
  [/^\xff\xd8\xff[^\xf7]/, 'image/jpeg', 'jpg'],
  [/^\x89PNG\r\n/, 'image/png', 'png'],
  gif,
  webp,
];

/**
 * The type that the bytes have, whatever the file is called. The sound behind ID3 tags is looked up in the file.
 * @returns null for what no signature names: text, HTML, SVG, random bytes …
 * @throws AppError FILE_DAMAGED when an ID3 tag ends beyond the file
 */
export async function sniffType(input: MediaInput): Promise<SniffedType | null> {
  const start = startOf(input.head);
  for (const [magic, mimeType, extension] of commonPictures) {
    if (magic.test(start)) return { mimeType, extension };
  }
  if (start.startsWith('ID3')) return sniffBehindTags(input);
  const found = await detect(input.head);
  if (found) return found;
  // The detector gives up when the first directory lies behind the bytes it was given.
  const isTiff = ['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].includes(start.slice(0, 4));
  return isTiff ? { mimeType: 'image/tiff', extension: 'tif' } : null;
}

/** Whether the first bytes, be they ever so few, are those of a common picture that its structure does not tell all of. */
export function takesLibrary(head: Uint8Array): boolean {
  const start = startOf(head);
  return [webp, gif].some(([magic]) => magic.test(start));
}

/** As many bytes as a signature takes, a character each. */
function startOf(head: Uint8Array): string {
  let start = '';
  for (let at = 0; at < 12; at++) {
    const byte = head[at];
    if (byte !== undefined) start += String.fromCharCode(byte);
  }
  return start;
}

async function sniffBehindTags(input: MediaInput): Promise<SniffedType | null> {
  let at = 0;
  let sample = input.head;
  for (let tags = 0; tags < maxTags; tags++) {
    const length = tagBytes(sample);
    if (length === null) break;
    at += length;
    if (at >= input.size) throw new AppError('FILE_DAMAGED');
    sample = await read(input, at);
  }
  const found = await detect(sample);
  if (found === null) return { mimeType: 'audio/mpeg', extension: 'mp3' };
  return found.mimeType.startsWith('audio/') ? found : null;
}

/** Bytes of the ID3v2 tag at the start, header and footer included (ID3v2.4.0, 3.1); null when there is none. */
function tagBytes(bytes: Uint8Array): number | null {
  const [i, d, three, , , flags = 0, a = 0, b = 0, c = 0, e = 0] = bytes;
  if (bytes.length < 10 || i !== 0x49 || d !== 0x44 || three !== 0x33) return null;
  if ((a | b | c | e) & 0x80) return null;
  return 10 + ((a << 21) | (b << 14) | (c << 7) | e) + (flags & 0x10 ? 10 : 0);
}

async function read({ bytes, path }: MediaInput, at: number): Promise<Uint8Array> {
  if (bytes) return bytes.subarray(at, at + sampleBytes);
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(new Uint8Array(sampleBytes), 0, sampleBytes, at);
  return buffer.subarray(0, bytesRead);
}

async function detect(sample: Uint8Array): Promise<SniffedType | null> {
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(sample);
  if (!found) return null;
  return { mimeType: found.mime.split(';')[0] ?? found.mime, extension: found.ext };
}
