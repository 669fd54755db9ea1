import { CombinedGraphQLErrors } from '@apollo/client';

/** What the failure of a whole request means for its files. */
export type RequestFailure =
  /** The page itself ended it. */
  | { readonly kind: 'aborted' }
  /** Nobody is logged in (any more). */
  | { readonly kind: 'session' }
  /** No answer, or one of a proxy that did not reach the server: it will be back. */
  | { readonly kind: 'connection'; readonly retryAfterMs: number }
  /** The server has no room or time for it now. */
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  /** Too many or too large files for one request. */
  | { readonly kind: 'tooMuch' }
  | { readonly kind: 'refused' };

/** Statuses of proxies whose server is away (RFC 9110, section 15.6). */
const AWAY = [502, 503, 504];
const SESSION = ['LOGIN_REQUIRED', 'PASSWORD_CHANGE_REQUIRED'];
const TOO_MUCH = ['REQUEST_TOO_LARGE', 'TOO_MANY_FILES'];
const UNREACHABLE = ['SERVICE_UNAVAILABLE', 'REQUEST_TIMEOUT'];

export function classifyFailure(error: unknown): RequestFailure {
  if (error instanceof DOMException && error.name === 'AbortError') return { kind: 'aborted' };
  if (CombinedGraphQLErrors.is(error)) {
    const { code, retryable, retryAfter } = error.errors[0]?.extensions ?? {};
    const retryAfterMs = typeof retryAfter === 'number' ? retryAfter * 1000 : 0;
    if (SESSION.includes(String(code))) return { kind: 'session' };
    if (TOO_MUCH.includes(String(code))) return { kind: 'tooMuch' };
    if (UNREACHABLE.includes(String(code))) return { kind: 'connection', retryAfterMs };
    return retryable === true ? { kind: 'busy', retryAfterMs } : { kind: 'refused' };
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
  if (status === 413) return { kind: 'tooMuch' };
  if (status === 429 || status === 507) return { kind: 'busy', retryAfterMs: 0 };
  // An answer that is cut off in the middle cannot be parsed.
  return status === 0 || status < 300 || AWAY.includes(status)
    ? { kind: 'connection', retryAfterMs: 0 }
    : { kind: 'refused' };
}
