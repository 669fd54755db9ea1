import type { Context, MiddlewareHandler } from 'hono';
import { type Session, sessionMiddleware } from 'hono-sessions';
import { RequestStore } from '../adapters/session/request-store.ts';
import type { SessionBackend, SessionContent } from '../adapters/session/session-backend.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../services/context.ts';

/** How a transport reads and changes the session of its request. */
export interface SessionHandle {
  readonly actor: Actor | null;
  /** Begins a session under a new id; an earlier one of this client ends. */
  begin(actor: Actor): void;
  /** Ends the session and takes the cookie away. */
  end(): void;
}

export interface SessionOptions {
  readonly backend: SessionBackend;
  readonly cookieName: string;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
}

interface SessionEnv {
  Variables: {
    session: Session<{ content: SessionContent }>;
    session_key_rotation: boolean;
    sessionHandle: SessionHandle;
  };
}

const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;

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
  } as const;
  return async (c, next) => {
    const store = new RequestStore(options.backend);
    let change: 'begun' | 'ended' | undefined;
    const middleware = sessionMiddleware({
      store,
      sessionCookieName: options.cookieName,
      autoExtendExpiration: false,
      cookieOptions,
    });
    try {
      await middleware(c as unknown as Context, async () => {
        if (store.failure) throw new AppError('SERVICE_UNAVAILABLE', { cause: store.failure, retryAfter: 1 });
        const session = c.get('session');
        c.set('sessionHandle', {
          get actor() {
            return session.get('content');
          },
          begin(actor) {
            change = 'begun';
            session.set('content', { userId: actor.userId, username: actor.username, role: actor.role });
            c.set('session_key_rotation', true);
          },
          end() {
            change = 'ended';
            session.forget('content');
            session.deleteSession();
          },
        });
        await next();
      });
    } finally {
      settleCookie(c, options.cookieName, cookieOptions.secure, change);
    }
  };
}

/** hono-sessions sends its cookie with every answer; what was rotated at login comes last. */
function settleCookie(
  c: Context,
  name: string,
  secure: boolean,
  change: 'begun' | 'ended' | undefined,
): void {
  const sent = c.res.headers.getSetCookie();
  const latest = sent.at(-1);
  if (latest) c.res.headers.delete('Set-Cookie');
  if (change === 'begun' && latest) c.res.headers.append('Set-Cookie', latest);
  if (change === 'ended') {
    c.res.headers.append('Set-Cookie', `${name}=; Path=/; Max-Age=0; HttpOnly${secure ? '; Secure' : ''}`);
  }
}
