import type { StoredBytes } from '../../adapters/storage/object-store.ts';
import { AppError, type Language } from '../../errors.ts';
import { type ByteRange, parseRanges } from '../../lib/byte-range.ts';
import { evaluateConditions, isSameForRange } from '../../lib/http-conditions.ts';
import type { OpenedFile } from '../../services/material/file-bytes.ts';
import type { FileHead, HeaderFields } from './file-headers.ts';
import { multipartRanges, pieces } from './multipart-ranges.ts';
import { problemDocument } from './problem.ts';

/** What a request gets, before any byte is looked at. */
export type FileAnswer =
  | { readonly kind: 'not-modified' | 'failed' | 'unsatisfiable' }
  /** `ranges` is undefined for the whole file. */
  | { readonly kind: 'bytes'; readonly ranges: readonly ByteRange[] | undefined };

/** A file, or a variant of it. */
interface SentFile {
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
}

interface FileRequest {
  readonly method: string;
  readonly headers: Headers;
}

/** Up to this size a body is put together in memory, so that its length can be told beforehand. */
const ASSEMBLED_BYTES = 1024 * 1024;

/** Conditions first, then ranges (RFC 9110, sections 13.2.2 and 14.2). */
export function decideAnswer(request: FileRequest, file: SentFile, head: FileHead): FileAnswer {
  const outcome = evaluateConditions(request.method, request.headers, head.validators);
  if (outcome !== 'proceed') return { kind: outcome };
  const range = request.method === 'GET' ? request.headers.get('range') : null;
  if (range === null || !isSameForRange(request.headers.get('if-range'), head.validators)) {
    return { kind: 'bytes', ranges: undefined };
  }
  const ranges = parseRanges(range, file.size);
  return ranges === 'unsatisfiable' ? { kind: ranges } : { kind: 'bytes', ranges };
}

/** 304, 412 or 416. */
export function answerWithoutBytes(
  kind: 'not-modified' | 'failed' | 'unsatisfiable',
  file: SentFile,
  head: FileHead,
  caller: { readonly language: Language; readonly requestId: string },
): Response {
  if (kind === 'not-modified') return new Response(null, { status: 304, headers: head.metadata });
  const isRange = kind === 'unsatisfiable';
  const error = new AppError(isRange ? 'RANGE_NOT_SATISFIABLE' : 'PRECONDITION_FAILED');
  const range = isRange ? { 'Accept-Ranges': 'bytes', 'Content-Range': `bytes */${file.size}` } : {};
  const { 'Cache-Control': _, ...metadata } = head.metadata;
  return problemDocument(error, caller.language, caller.requestId, { ...metadata, ...range });
}

/** 200 or 206 with bytes, or without them for `HEAD`. */
export async function answerWithBytes(
  request: FileRequest,
  file: SentFile,
  head: FileHead,
  opened: OpenedFile,
  ranges: readonly ByteRange[] | undefined,
): Promise<Response> {
  const [range, ...others] = ranges ?? [];
  if (!range) return await wholeFile(request, file, head.representation, opened);
  if (others.length === 0) {
    return new Response(await bodyOf(opened.slice(range.start, range.end)), {
      status: 206,
      headers: { ...head.representation, ...rangeFields(range, file.size) },
    });
  }
  const { type, length, parts } = multipartRanges([range, ...others], file);
  const body = pieces(parts, opened);
  return new Response(length <= ASSEMBLED_BYTES ? await new Response(body).bytes() : body, {
    status: 206,
    headers: { ...head.representation, 'Content-Type': type, 'Content-Length': String(length) },
  });
}

/** The fields of one range. */
function rangeFields({ start, end }: ByteRange, size: number): HeaderFields {
  return { 'Content-Range': `bytes ${start}-${end - 1}/${size}`, 'Content-Length': String(end - start) };
}

async function wholeFile(
  request: FileRequest,
  { size }: SentFile,
  representation: HeaderFields,
  opened: OpenedFile,
): Promise<Response> {
  const headers = { ...representation, 'Content-Length': String(size) };
  if (request.method === 'HEAD') return new Response(null, { headers });
  const whole = opened.slice(0, size);
  if (!request.headers.has('range')) return new Response(await bodyOf(whole), { headers });
  // Bun would answer the range of a file by itself, although it is to be ignored.
  const body = size <= ASSEMBLED_BYTES ? await whole.bytes() : pieces([{ start: 0, end: size }], opened);
  return new Response(body, { headers });
}

/** A Blob goes from the disk to the socket without passing through this process; what is elsewhere has to. */
async function bodyOf(part: StoredBytes): Promise<BodyInit> {
  if (part instanceof Blob) return part;
  return part.size <= ASSEMBLED_BYTES ? await part.bytes() : part.stream();
}
