import type { z } from 'zod';
import { AppError } from '../../../errors.ts';
import { boundaryOf, parseMultipart, readField } from '../../../lib/multipart/index.ts';
import { RequestBody } from '../../request-body.ts';
import type { ValuesBody } from './route.ts';

/** Of a body with a few short values. */
export const MAX_BODY_BYTES = 64 * 1024;
/** As many as fit, so that a form may have as many fields as JSON. */
const FORM_LIMITS = { maxParts: 2000, maxHeaderBytes: 4096, maxPreambleBytes: 4096 };

/**
 * The values of a body as the route has them, whichever of the three forms they come in.
 * @throws AppError PARSER_FAILED, REQUEST_TOO_LARGE, REQUEST_TIMEOUT, or the route's refusal
 */
export async function readBody<Schema extends z.ZodObject>(
  { values: schema, refusal }: ValuesBody & { readonly values: Schema },
  request: Request,
): Promise<z.output<Schema>> {
  const outcome = schema.safeParse(await readValues(request));
  if (!outcome.success) throw new AppError(refusal);
  return outcome.data;
}

/**
 * The values of a JSON object, an URL-encoded or a multipart form, as texts: a form has nothing else. What is neither
 * a text nor a number nor true or false is left out, and so are files. Of several of one name the last one counts.
 */
async function readValues(request: Request): Promise<Record<string, string>> {
  const contentType = request.headers.get('content-type') ?? '';
  const body = new RequestBody(request, MAX_BODY_BYTES);
  try {
    const boundary = boundaryOf(contentType);
    if (boundary) return await readForm(body, boundary);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
      return Object.fromEntries(new URLSearchParams(text));
    }
    return textsOf(JSON.parse(text));
  } catch (error) {
    throw error instanceof AppError ? error : new AppError('PARSER_FAILED', { cause: error });
  }
}

async function readForm(body: RequestBody, boundary: string): Promise<Record<string, string>> {
  const values = new Map<string, string>();
  for await (const part of parseMultipart(body, boundary, FORM_LIMITS)) {
    if (part.filename !== undefined) continue;
    values.set(part.name, Buffer.from(await readField(part, MAX_BODY_BYTES)).toString());
  }
  return Object.fromEntries(values);
}

function textsOf(json: unknown): Record<string, string> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError('PARSER_FAILED');
  }
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [],
    ),
  );
}
