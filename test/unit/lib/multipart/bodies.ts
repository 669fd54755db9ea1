import { type MultipartLimits, parseMultipart } from '../../../../src/lib/multipart/index.ts';

export const BOUNDARY = 'XyZ-0123456789';
export const LIMITS: MultipartLimits = { maxParts: 100, maxHeaderBytes: 16_384, maxPreambleBytes: 1024 };

export interface WholePart {
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  /** One character a byte. */
  readonly content: string;
}

/** One part as it goes over the wire, with the boundary line before it; every character is a byte. */
export function wirePart(disposition: string, content: string, otherHeaders = ''): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${otherHeaders}\r\n${content}\r\n`;
}

export const END = `--${BOUNDARY}--\r\n`;

export function bytes(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1');
}

/** The wire bytes in chunks of the given sizes; what is left over is the last chunk. */
export async function* inChunks(wire: Buffer, sizes: Iterable<number> = []): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield wire.subarray(at, at + size);
    at += size;
  }
  yield wire.subarray(at);
}

/** All parts with their contents. */
export async function readAll(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  boundary = BOUNDARY,
  limits = LIMITS,
): Promise<WholePart[]> {
  const parts: WholePart[] = [];
  for await (const part of parseMultipart(source, boundary, limits)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    const { name, filename, contentType } = part;
    parts.push({ name, filename, contentType, content: Buffer.concat(chunks).toString('latin1') });
  }
  return parts;
}

/** The parts, or the reason for which there are none. */
export async function outcome(
  wire: Buffer,
  sizes: Iterable<number> = [],
  limits = LIMITS,
): Promise<WholePart[] | string> {
  try {
    return await readAll(inChunks(wire, sizes), BOUNDARY, limits);
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : `unexpected: ${error}`;
  }
}
