import type { Context } from 'hono';
import { AppError, toPublicError } from '../../errors.ts';
import { toAppError } from '../public-error.ts';
import { type HttpEnv, requestLanguage } from './env.ts';

/** RFC 6750, section 3. */
export const BEARER_CHALLENGE = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };

/** Any error as `application/problem+json` (RFC 9457); on the GraphQL endpoint as a GraphQL answer. */
export function problem(error: unknown, c: Context<HttpEnv>): Response {
  const { code, message, status, legacyCode, retryable, retryAfter } = toPublicError(
    known(error, c),
    requestLanguage(c),
  );
  const requestId = c.get('requestId');
  const details = { code, ...(legacyCode === undefined ? {} : { legacyCode }), requestId, retryable };
  const headers = {
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    ...(code === 'METHOD_NOT_ALLOWED' ? { Allow: 'GET, HEAD' } : {}),
    ...(code === 'TOKEN_INVALID' ? BEARER_CHALLENGE : {}),
  };
  if (c.req.path === '/graphql') {
    const body = { errors: [{ message, extensions: { ...details, ...(retryAfter ? { retryAfter } : {}) } }] };
    return Response.json(body, { status, headers });
  }
  return new Response(JSON.stringify({ type: 'about:blank', title: message, status, ...details }), {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json' },
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
