import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import { hasBearer } from '../session.ts';
import type { HttpEnv } from './env.ts';

interface OriginCheckOptions {
  /** Origin under which browsers reach this server. */
  readonly publicOrigin: string;
  /** Other names of this server are fine too: nobody said which one it has. */
  readonly anyOwnName: boolean;
  /** Origins of front ends on other hosts. */
  readonly corsOrigins: readonly string[];
}

/**
 * Refuses requests with a body that a browser sent for a page of another origin (RFC 6454; Fetch, section "Origin
 * header"). Other clients send no Origin; one that names an API token needs no cookie, so no page can misuse it.
 */
export function originCheck(options: OriginCheckOptions): MiddlewareHandler<HttpEnv> {
  const { publicOrigin, anyOwnName } = options;
  const allowed = new Set([publicOrigin, ...options.corsOrigins]);
  return async (c, next) => {
    const origin = c.req.header('origin');
    const isAllowed =
      origin === undefined ? !isForeignPost(c.req.method, c.req.header('sec-fetch-site')) : isOwn(origin);
    if (!isAllowed && !hasBearer(c)) throw new AppError('ORIGIN_NOT_ALLOWED');
    await next();

    function isOwn(value: string): boolean {
      if (allowed.has(value)) return true;
      return anyOwnName && URL.canParse(value) && new URL(value).host === c.req.header('host');
    }
  };
}

/** Browsers name the origin of every request with a body; where one did not, what it says of the site must do. */
function isForeignPost(method: string, site: string | undefined): boolean {
  return method !== 'GET' && method !== 'HEAD' && (site === 'cross-site' || site === 'same-site');
}
