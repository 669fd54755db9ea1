import { type ByteRange, parseRange } from '../../lib/byte-range.ts';
import { versionOf } from '../../services/material/file-url.ts';

/** Up to this size bytes are read at once, which is faster than a stream. */
const SMALL_BYTES = 256 * 1024;
const YEAR_SECONDS = 31_536_000;

/** The bytes to be sent and what is said of them. */
export interface Representation {
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Of the original, hex: what the `v` of the URL stands for. */
  readonly sha256: string;
  /** The request header that the answer depends on. */
  readonly vary?: string | null;
  /** The bytes from `start` up to and without `end`. */
  readonly read: (start: number, end: number) => Blob;
}

interface FileRequest {
  readonly method: string;
  readonly headers: Headers;
  /** The `v` of the URL: bytes under the right one never change. */
  readonly version: string | null;
}

/** The answer to `GET` or `HEAD` for a public file: whole, one range, not modified, or 416 (RFC 9110). */
export async function fileResponse(file: Representation, request: FileRequest): Promise<Response> {
  const { etag } = file;
  const isVersioned = request.version === versionOf(file.sha256);
  const headers: Record<string, string> = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': isVersioned ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Content-Type': file.mimeType,
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ETag: etag,
    'Last-Modified': file.lastModified.toUTCString(),
    'X-Content-Type-Options': 'nosniff',
    ...(file.vary ? { Vary: file.vary } : {}),
  };
  if (matches(request.headers.get('if-none-match'), etag)) {
    delete headers['Content-Type'];
    return new Response(null, { status: 304, headers });
  }

  const range = rangeOf(request, file, etag);
  if (range === 'unsatisfiable') {
    return new Response(null, {
      status: 416,
      headers: { ...headers, 'Content-Range': `bytes */${file.size}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: file.size };
  headers['Content-Length'] = String(end - start);
  if (range) headers['Content-Range'] = `bytes ${start}-${end - 1}/${file.size}`;
  const body = request.method === 'HEAD' ? null : await bodyOf(file.read(start, end));
  return new Response(body, { status: range ? 206 : 200, headers });
}

async function bodyOf(blob: Blob): Promise<Uint8Array<ArrayBuffer> | ReadableStream> {
  return blob.size <= SMALL_BYTES ? await blob.bytes() : blob.stream();
}

/** A range counts only while the client's copy is of these bytes (RFC 9110, section 13.1.5). */
function rangeOf(
  request: FileRequest,
  file: Representation,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const ifRange = request.headers.get('if-range');
  if (ifRange !== null && ifRange !== etag && ifRange !== file.lastModified.toUTCString()) return undefined;
  return parseRange(request.headers.get('range'), file.size);
}

/** Weak comparison of an `If-None-Match` list (RFC 9110, section 13.1.2). */
function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || tag.replace(/^W\//, '') === etag;
  });
}
