import type { Context } from 'hono';
import { toPublicError } from '../../../errors.ts';
import { type HttpEnv, requestLanguage } from '../env.ts';
import { known } from '../problem.ts';

const OK = 0;
/** What has no number of its own: the client's fault, or ours. */
const FALLBACK = { client: 40002, server: 50000 };
const FALLBACK_CODE = { client: 'PARAMS_INVALID', server: 'INTERNAL_ERROR' } as const;
/** Faults of transport, which use the HTTP status as well. */
const TRANSPORT_STATUSES = new Set([408, 413, 429, 503, 507]);

/** `{code: 0, msg: 'ok', data}` as the legacy services answered. */
export function success(c: Context<HttpEnv>, data?: unknown): Response {
  const code = c.get('legacyCodes').get('OK') ?? OK;
  return Response.json({ code, msg: 'ok', ...(data === undefined ? {} : { data }) });
}

/** `{code, msg}` with HTTP status 200, in Chinese unless the client asks otherwise. */
function failure(error: unknown, c: Context<HttpEnv>): Response {
  const shown = toPublicError(known(error, c), requestLanguage(c, 'zh'));
  const fallback = shown.status < 500 ? 'client' : 'server';
  const code =
    c.get('legacyCodes').get(shown.code) ??
    shown.legacyCode ??
    c.get('legacyCodes').get(FALLBACK_CODE[fallback]) ??
    FALLBACK[fallback];
  return Response.json(
    { code, msg: shown.message },
    {
      status: TRANSPORT_STATUSES.has(shown.status) ? shown.status : 200,
      headers: shown.retryAfter === undefined ? {} : { 'Retry-After': String(shown.retryAfter) },
    },
  );
}

/** A handler whose errors take the legacy form. */
export function legacy(
  handle: (c: Context<HttpEnv>) => Promise<Response>,
): (c: Context<HttpEnv>) => Promise<Response> {
  return async (c) => {
    try {
      return await handle(c);
    } catch (error) {
      return failure(error, c);
    }
  };
}
