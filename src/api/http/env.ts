import type { Server } from 'bun';
import type { Context } from 'hono';
import { type Language, languageOf } from '../../errors.ts';
import { RequestLogger } from '../../lib/logger.ts';
import type { Actor, Ctx, Services } from '../../services/context.ts';
import type { SessionHandle } from '../session.ts';

/** What Hono's context holds in this server. */
export interface HttpEnv {
  Bindings: { server: Server<undefined> };
  Variables: {
    requestId: string;
    services: Services;
    /** Of the client (`lib/client-address.ts`). */
    address: string;
    /** Numbers that the legacy envelope has instead of the catalogue's. */
    legacyCodes: ReadonlyMap<string, number>;
    /** Whether errors take the legacy form. */
    isLegacy?: boolean;
    /** For the log line. */
    operation?: string;
    /** For the log line: bytes of the answer's body, where its headers do not tell. */
    bytesOut?: number;
    actor?: Actor | null;
    sessionHandle: SessionHandle;
    /** From now on the answer may take so long, ms; undefined: it may anyway. */
    allowTime?: (ms: number) => void;
  };
}

export function createCtx(c: Context<HttpEnv>, actor: Actor | null): Ctx {
  return {
    ...c.get('services'),
    log: new RequestLogger(c.get('services').log, c.get('requestId')),
    actor,
    requestId: c.get('requestId'),
    address: c.get('address'),
    signal: c.req.raw.signal,
  };
}

/** An answer whose length the log line has. */
export function jsonAnswer(c: Context<HttpEnv>, value: unknown, init: ResponseInit = {}): Response {
  const text = JSON.stringify(value);
  c.set('bytesOut', Buffer.byteLength(text));
  const headers = { ...init.headers, 'Content-Type': 'application/json;charset=utf-8' };
  return new Response(text, { ...init, headers });
}

export function requestLanguage(c: Context<HttpEnv>, fallback: Language = 'en'): Language {
  return languageOf(c.req.header('accept-language'), fallback);
}

/** Long transfers outlast the server's idle timeout, which counts wall-clock time; they are watched by what they do. */
export function withoutIdleTimeout(c: Context<HttpEnv>): void {
  c.env.server.timeout(c.req.raw, 0);
}
