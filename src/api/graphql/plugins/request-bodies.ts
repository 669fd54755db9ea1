import type { Plugin } from 'graphql-yoga';
import { AppError } from '../../../errors.ts';
import { admitUpload } from '../../../services/material/ingest/admit-upload.ts';
import { declaredBytes, RequestBody } from '../../request-body.ts';
import type { ServerContext } from '../context.ts';
import { type MultipartLimits, readMultipartOperation } from '../multipart/read-operation.ts';

/** Of a request without files. */
const MAX_JSON_BYTES = 1024 * 1024;

/** A plain form cannot send these, so a request that has one comes from a script of an allowed origin. */
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'graphql-require-preflight', 'x-graphql-yoga-csrf'];
const FORM = /^\s*(multipart\/form-data|application\/x-www-form-urlencoded|text\/plain)\b/i;
const MULTIPART = /^\s*multipart\/form-data\b/i;

/** Reads bodies: streams multipart ones, bounds the others, and refuses forms that a foreign page may have sent. */
export function useRequestBodies(limits: MultipartLimits): Plugin<object, ServerContext> {
  return {
    onRequestParse({ request, requestParser, setRequestParser, serverContext }) {
      if (request.method !== 'POST') {
        if (requestParser)
          setRequestParser(async (getRequest) => await parsed(() => requestParser(getRequest)));
        return;
      }
      const contentType = request.headers.get('content-type') ?? '';
      const hasToken = serverContext.ctx.actor?.token !== undefined;
      if (
        !hasToken &&
        FORM.test(contentType) &&
        !PREFLIGHT_HEADERS.some((name) => request.headers.has(name))
      ) {
        throw new AppError('CSRF_HEADER_MISSING');
      }
      if (MULTIPART.test(contentType)) {
        setRequestParser(async (multipartRequest) => {
          const { ctx } = serverContext;
          const bytes = declaredBytes(multipartRequest, limits.requestBytes);
          // Who has not logged in is refused all the same, and with a better reason.
          if (ctx.actor) await admitUpload(ctx, bytes);
          const operation = await readMultipartOperation(multipartRequest, limits);
          serverContext.uploads = operation.uploads;
          serverContext.closeBody = operation.close;
          return operation.params;
        });
      } else if (requestParser) {
        setRequestParser(async (plainRequest) => {
          const body = await bounded(plainRequest);
          return await parsed(() => requestParser(body));
        });
      }
    },
  };
}

/** Yoga's parsers let the errors of JSON through where variables or extensions come as text. */
async function parsed<T>(parse: () => T): Promise<Awaited<T>> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AppError('PARAMS_INVALID', { detail: 'Variables and extensions must be JSON.', cause: error });
  }
}

/** A declared length is what the HTTP server reads at most; without one the body is read here, up to the limit. */
async function bounded(request: Request): Promise<Request> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) <= MAX_JSON_BYTES) return request;
  const chunks: Uint8Array[] = [];
  for await (const chunk of new RequestBody(request, MAX_JSON_BYTES)) chunks.push(chunk);
  return new Request(request.url, { method: 'POST', headers: request.headers, body: Buffer.concat(chunks) });
}
