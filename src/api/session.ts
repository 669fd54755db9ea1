import type { Context, MiddlewareHandler } from 'hono';
import { type Session, sessionMiddleware } from 'hono-sessions';
import { RequestStore } from '../adapters/session/request-store.ts';
import type { SessionContent } from '../adapters/session/session-backend.ts';
import { AppError } from '../errors.ts';
import { authenticateToken, isTokenAlive } from '../services/account/authenticate-token.ts';
import { announceEnd } from '../services/account/end-sessions.ts';
import type { Login } from '../services/account/log-in.ts';
import type { Actor, Services } from '../services/context.ts';

/** How a transport reads and changes the session of its request. */
export interface SessionHandle {
  readonly actor: Actor | null;
  /** Of the session that the request came with; undefined for visitors and API tokens. */
  readonly id: string | undefined;
  /** Begins a session under a new id; an earlier one of this client ends. */
  begin(login: Login): void;
  /** Ends the session and takes the cookie away. */
  end(): void;
  /** Whether the session or token that the request came with has not ended, without keeping it alive. */
  isAlive(): Promise<boolean>;
}

export interface SessionOptions {
  readonly cookieName: string;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
  /** Seconds after the login at which a session ends in any case: the cookie's age. */
  readonly maxSeconds: number;
}

interface SessionEnv {
  Variables: {
    services: Services;
    /** Of the client. */
    address: string;
    session: Session<{ content: SessionContent }>;
    session_key_rotation: boolean;
    sessionHandle: SessionHandle;
  };
}

const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;
const BEARER = /^Bearer +(\S+) *$/i;
const MAX_AGENT_LENGTH = 300;

/** Whether a request names an API token, which no form of a foreign page can, and which cookies have no part in. */
export function hasBearer(c: Context): boolean {
  return BEARER.test(c.req.header('authorization') ?? '');
}

/**
 * Gives `c.get('sessionHandle')`. A cookie is sent only where a session begins or ends; a store that cannot be asked
 * is 503 and leaves the cookie alone.
 */
export function sessions(options: SessionOptions): MiddlewareHandler<SessionEnv> {
  const cookieOptions = {
    httpOnly: true,
    path: '/',
    secure: options.secure,
    sameSite: SAME_SITE[options.sameSite],
    maxAge: options.maxSeconds,
  } as const;
  return async (c, next) => {
    const services = c.get('services');
    const bearer = BEARER.exec(c.req.header('authorization') ?? '')?.[1];
    if (bearer !== undefined) {
      c.set('sessionHandle', tokenHandle(services, await authenticateToken(services, bearer)));
      return await next();
    }

    const store = new RequestStore(services.sessions, (seconds) =>
      services.meters.sessionSeconds.observe(seconds),
    );
    let change: 'begun' | 'ended' | undefined;
    let endedUserId: number | undefined;
    const middleware = sessionMiddleware({
      store,
      sessionCookieName: options.cookieName,
      autoExtendExpiration: false,
      cookieOptions,
    });
    try {
      await middleware(c as unknown as Context, async () => {
        if (store.failure) throw unavailable(store.failure);
        const session = c.get('session');
        c.set('sessionHandle', {
          get actor() {
            return session.get('content');
          },
          id: store.idHash,
          begin({ actor: { userId, username, role, mustChangePassword }, confirm }) {
            change = 'begun';
            store.confirm = confirm;
            session.set('content', {
              userId,
              username,
              role,
              mustChangePassword,
              createdAt: Date.now(),
              agent: (c.req.header('user-agent') ?? '').slice(0, MAX_AGENT_LENGTH),
              address: c.get('address'),
            });
            c.set('session_key_rotation', true);
            // It may have ended earlier in this request.
            session.getCache()._delete = false;
          },
          end() {
            change = 'ended';
            endedUserId = session.get('content')?.userId;
            store.confirm = undefined;
            session.forget('content');
            session.deleteSession();
          },
          isAlive: async () => store.idHash !== undefined && (await services.sessions.isAlive(store.idHash)),
        });
        await next();
      });
      if (endedUserId !== undefined) await announceEnd(services, endedUserId);
    } catch (error) {
      change = undefined;
      throw error instanceof AppError ? error : unavailable(error);
    } finally {
      settleCookie(c, options, change);
    }
  };
}

function tokenHandle(services: Services, actor: Actor): SessionHandle {
  const refuse = (): never => {
    throw new AppError('FORBIDDEN', {
      detail: { en: 'This needs a session, not an API token.', zh: '需要登录会话，不能使用 API 令牌' },
    });
  };
  return {
    actor,
    id: undefined,
    begin: refuse,
    end: refuse,
    isAlive: () => isTokenAlive(services, actor.token?.id ?? ''),
  };
}

function unavailable(cause: unknown): AppError {
  return new AppError('SERVICE_UNAVAILABLE', { cause, retryAfter: 1 });
}

/** hono-sessions sends its cookie with every answer; what was rotated at login comes last. */
function settleCookie(c: Context, options: SessionOptions, change: 'begun' | 'ended' | undefined): void {
  const sent = c.res.headers.getSetCookie();
  const latest = sent.at(-1);
  if (latest) c.res.headers.delete('Set-Cookie');
  if (change === 'begun' && latest) c.res.headers.append('Set-Cookie', latest);
  if (change === 'ended') {
    const attributes = `Path=/; Max-Age=0; HttpOnly; SameSite=${SAME_SITE[options.sameSite]}`;
    const secure = options.secure ? '; Secure' : '';
    c.res.headers.append('Set-Cookie', `${options.cookieName}=; ${attributes}${secure}`);
  }
}
