import type { Context } from 'hono';
import { AppError, type Language, toPublicError } from '../../errors.ts';
import { toAppError } from '../public-error.ts';
import { type HttpEnv, jsonAnswer, requestLanguage } from './env.ts';

/** RFC 6750, section 3. */
export const BEARER_CHALLENGE = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };

/** Any error as `application/problem+json` (RFC 9457); on the GraphQL endpoint as a GraphQL answer. */
export function problem(error: unknown, c: Context<HttpEnv>): Response {
  const shown = known(error, c);
  if (c.req.path !== '/graphql') {
    const headers = {
      ...(shown.code === 'METHOD_NOT_ALLOWED' ? { Allow: 'GET, HEAD' } : {}),
      ...(shown.code === 'TOKEN_INVALID' ? BEARER_CHALLENGE : {}),
    };
    return problemDocument(shown, requestLanguage(c), c.get('requestId'), headers);
  }
  const { code, message, status, legacyCode, retryable, retryAfter } = toPublicError(
    shown,
    requestLanguage(c),
  );
  const extensions = {
    code,
    ...(legacyCode === undefined ? {} : { legacyCode }),
    requestId: c.get('requestId'),
    retryable,
    ...(retryAfter ? { retryAfter } : {}),
  };
  const headers = {
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    ...(code === 'TOKEN_INVALID' ? BEARER_CHALLENGE : {}),
  };
  return jsonAnswer(c, { errors: [{ message, extensions }] }, { status, headers });
}

/** A problem document with more headers of the caller's. */
export function problemDocument(
  error: AppError,
  language: Language,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const { code, message, status, legacyCode, retryable, retryAfter } = toPublicError(error, language);
  const details = { code, ...(legacyCode === undefined ? {} : { legacyCode }), requestId, retryable };
  const text = JSON.stringify({ type: 'about:blank', title: message, status, ...details });
  return new Response(text, {
    status,
    headers: {
      ...headers,
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      'Content-Type': 'application/problem+json',
      'Content-Length': String(Buffer.byteLength(text)),
    },
  });
}

/** The AppError to show; what is masked is logged here. */
export function known(error: unknown, c: Context<HttpEnv>): AppError {
  const appError = toAppError(error);
  const { log } = c.get('services');
  if (!appError) log.error({ requestId: c.get('requestId'), err: error }, 'unexpected error');
  else if (appError.cause)
    log.warn({ requestId: c.get('requestId'), code: appError.code, err: appError.cause }, 'refused');
  return appError ?? new AppError('INTERNAL_ERROR');
}
