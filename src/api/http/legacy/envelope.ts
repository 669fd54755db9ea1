import type { Context, MiddlewareHandler } from 'hono';
import { type ErrorCode, type Language, toPublicError } from '../../../errors.ts';
import { type HttpEnv, jsonAnswer, requestLanguage } from '../env.ts';
import { BEARER_CHALLENGE, known } from '../problem.ts';

const OK = 0;
/** What has no number of its own: the client's fault, or ours. */
const FALLBACK = { client: 40002, server: 50000 };
const FALLBACK_CODE = { client: 'PARAMS_INVALID', server: 'INTERNAL_ERROR' } as const;
/** Faults of transport, which use the HTTP status as well. */
export const TRANSPORT_STATUSES: ReadonlySet<number> = new Set([408, 413, 429, 503, 507]);
/** As do those that no client of the old services can have met: of pages of other origins, and of API tokens. */
export const NEW_CODES: ReadonlySet<ErrorCode> = new Set(['ORIGIN_NOT_ALLOWED', 'TOKEN_INVALID']);

/** `{code: 0, msg: 'ok', data}` as the legacy services answered. */
export function success(c: Context<HttpEnv>, data?: unknown): Response {
  const code = c.get('legacyCodes').get('OK') ?? OK;
  return jsonAnswer(c, { code, msg: 'ok', ...(data === undefined ? {} : { data }) });
}

/**
 * `{code, msg}`, mostly with HTTP status 200, in Chinese unless the client asks otherwise.
 * @param text what the old service said, where it was something else.
 */
export function failure(
  error: unknown,
  c: Context<HttpEnv>,
  text?: Readonly<Record<Language, string>>,
): Response {
  const language = requestLanguage(c, 'zh');
  const shown = toPublicError(known(error, c), language);
  const fallback = shown.status < 500 ? 'client' : 'server';
  const code =
    c.get('legacyCodes').get(shown.code) ??
    shown.legacyCode ??
    c.get('legacyCodes').get(FALLBACK_CODE[fallback]) ??
    FALLBACK[fallback];
  const isOfTransport = TRANSPORT_STATUSES.has(shown.status) || NEW_CODES.has(shown.code);
  return jsonAnswer(
    c,
    { code, msg: text?.[language] ?? shown.message },
    {
      status: isOfTransport ? shown.status : 200,
      headers: {
        ...(shown.retryAfter === undefined ? {} : { 'Retry-After': String(shown.retryAfter) }),
        ...(shown.code === 'TOKEN_INVALID' ? BEARER_CHALLENGE : {}),
      },
    },
  );
}

/** From here on errors take the legacy form, those of other middleware too. */
export const legacyErrors: MiddlewareHandler<HttpEnv> = async (c, next) => {
  c.set('isLegacy', true);
  await next();
};
