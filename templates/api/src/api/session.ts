import type { MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { beginSession, endSession, readSession } from '../services/account/sessions.ts';
import type { Actor, Ctx, Services } from '../services/context.ts';

const COOKIE = 'session';

/** How a transport begins and ends the session of its request. */
export interface SessionHandle {
  /** Under a new id; an earlier one of this client ends. */
  begin(actor: Actor): void;
  end(): void;
}

export interface ApiEnv {
  Variables: { ctx: Ctx; session: SessionHandle };
}

/** Gives every handler behind it its `ctx`, with who asks. Visitors leave nothing behind. */
export function withSession(services: Services, ttlSeconds: number): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const id = getCookie(c, COOKIE);
    const endOwn = () => {
      if (id !== undefined) endSession(services.db, id);
    };
    c.set('ctx', { ...services, actor: id === undefined ? null : readSession(services.db, id) });
    c.set('session', {
      begin({ userId }) {
        endOwn();
        const secure = new URL(c.req.url).protocol === 'https:';
        const cookie = { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: ttlSeconds, secure } as const;
        setCookie(c, COOKIE, beginSession(services.db, userId, ttlSeconds), cookie);
      },
      end() {
        endOwn();
        deleteCookie(c, COOKIE);
      },
    });
    await next();
  };
}
