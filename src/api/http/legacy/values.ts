import { AppError } from '../../../errors.ts';
import { boundaryOf, parseMultipart, readField } from '../../../lib/multipart/index.ts';
import { RequestBody } from '../../request-body.ts';

/** Of a body with a few short values. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * The values of a JSON object, an URL-encoded or a multipart form.
 * @throws AppError PARSER_FAILED, REQUEST_TOO_LARGE, REQUEST_TIMEOUT
 */
export async function readValues(request: Request): Promise<Record<string, unknown>> {
  const contentType = request.headers.get('content-type') ?? '';
  const body = new RequestBody(request, MAX_BODY_BYTES);
  try {
    const boundary = boundaryOf(contentType);
    if (boundary) return await readForm(body, boundary);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (contentType.startsWith('application/x-www-form-urlencoded')) {
      return Object.fromEntries(new URLSearchParams(text));
    }
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? { ...json } : {};
  } catch (error) {
    throw error instanceof AppError ? error : new AppError('PARSER_FAILED', { cause: error });
  }
}

async function readForm(body: RequestBody, boundary: string): Promise<Record<string, unknown>> {
  const limits = { maxParts: 20, maxHeaderBytes: 4096, maxPreambleBytes: 4096 };
  const values: Record<string, unknown> = Object.create(null);
  for await (const part of parseMultipart(body, boundary, limits)) {
    values[part.name] = Buffer.from(await readField(part, MAX_BODY_BYTES)).toString();
  }
  return values;
}
