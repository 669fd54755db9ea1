import { AppError } from '../../../errors.ts';
import { boundaryOf, type Part, parseMultipart, readField } from '../../../lib/multipart/index.ts';
import { RequestBody } from '../../request-body.ts';
import { applyMap } from './map.ts';
import { toMultipartFault, UploadQueue } from './upload-queue.ts';

/** Of the fields `operations` and `map`. */
const MAX_FIELD_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** How long an answer waits for the rest of a body that nobody wants, ms. */
const DRAIN_MS = 30_000;

export interface MultipartLimits {
  readonly requestBytes: number;
  readonly filesPerRequest: number;
}

/** A GraphQL multipart request whose fields were read and whose files are still to come. */
export interface MultipartOperation {
  readonly params: { query?: string; variables?: Record<string, unknown>; operationName?: string };
  readonly uploads: UploadQueue;
  /** Reads what is left, for a bounded time. To be called before the answer is sent. */
  close(): Promise<void>;
}

/**
 * Reads `operations` and `map`, which come first.
 * @throws AppError MULTIPART_INVALID, REQUEST_TOO_LARGE, TOO_MANY_FILES, REQUEST_TIMEOUT; the rest of the body was
 * read then.
 */
export async function readMultipartOperation(
  request: Request,
  limits: MultipartLimits,
): Promise<MultipartOperation> {
  const boundary = boundaryOf(request.headers.get('content-type'));
  if (!boundary)
    throw new AppError('MULTIPART_INVALID', { detail: 'The Content-Type has no valid boundary.' });
  const parts = parseMultipart(new RequestBody(request, limits.requestBytes), boundary, {
    maxParts: limits.filesPerRequest + 2,
    maxHeaderBytes: MAX_HEADER_BYTES,
    maxPreambleBytes: MAX_HEADER_BYTES,
  });
  try {
    const operations = await readJson(parts, 'operations');
    if (typeof operations !== 'object' || operations === null || Array.isArray(operations)) {
      throw new AppError('MULTIPART_INVALID', { detail: 'The field operations is not one operation.' });
    }
    const record = operations as Record<string, unknown>;
    const pending = applyMap(record, await readJson(parts, 'map'), limits.filesPerRequest);
    const uploads = new UploadQueue(pending, parts);
    return { params: record, uploads, close: () => atMost(DRAIN_MS, uploads.close(), parts) };
  } catch (error) {
    await atMost(DRAIN_MS, drain(parts), parts);
    throw toMultipartFault(error);
  }
}

async function readJson(parts: AsyncGenerator<Part>, name: string): Promise<unknown> {
  const { value: part } = await parts.next();
  if (!part || part.name !== name || part.filename !== undefined) {
    throw new AppError('MULTIPART_INVALID', { detail: `The field ${name} is missing or not in its place.` });
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readField(part, MAX_FIELD_BYTES));
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('MULTIPART_INVALID', { detail: `The field ${name} is not JSON.` });
  }
}

async function drain(parts: AsyncGenerator<Part>): Promise<void> {
  try {
    for await (const _ of parts);
  } catch {
    // Only the bytes are to go; what is wrong with them is told already.
  }
}

async function atMost(ms: number, task: Promise<void>, parts: AsyncGenerator<Part>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), ms);
  const result = await Promise.race([task, late]);
  clearTimeout(timer);
  if (result === 'late') void parts.return(undefined).catch(() => {});
}
