import { SESSIONS_ENDED } from '../../../services/account/end-sessions.ts';
import type { Ctx } from '../../../services/context.ts';
import type { ServerContext } from '../context.ts';

/** How often to look whether the session has come to its end by itself, ms. */
const CHECK_MS = 15_000;

/**
 * Opens a stream that goes on for as long as the session or token that asked for it lives and `mayGoOn` holds. Both
 * are asked each time that sessions of the user end anywhere, and every 15 s.
 * @param open opens the stream, which ends when the signal of its context is aborted.
 * @param mayGoOn rejects when the user may not see the stream any longer.
 */
export async function whileSessionLives<T>(
  { ctx, session }: ServerContext,
  open: (ctx: Ctx) => Promise<AsyncIterable<T>>,
  mayGoOn: () => Promise<unknown>,
): Promise<AsyncIterable<T>> {
  const over = new AbortController();
  const check = async () => {
    try {
      if (!(await session.isAlive())) over.abort();
      else await mayGoOn();
    } catch {
      // What cannot be asked may have ended.
      over.abort();
    }
  };
  const userId = session.actor?.userId;
  const signal = AbortSignal.any([ctx.signal, over.signal]);
  const source = await open({ ...ctx, signal });
  const unsubscribe = ctx.events.subscribe(SESSIONS_ENDED, (payload) => {
    if (isOf(payload, userId)) void check();
  });
  const timer = setInterval(() => void check(), CHECK_MS);
  // It may have ended before anybody listened.
  void check();
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* source;
      } finally {
        clearInterval(timer);
        unsubscribe();
      }
    },
  };
}

function isOf(payload: unknown, userId: number | undefined): boolean {
  return typeof payload === 'object' && payload !== null && 'userId' in payload && payload.userId === userId;
}
