import { CombinedGraphQLErrors } from '@apollo/client';
import type { SaveImagesMutation } from '../../generated/graphql.ts';

export type FetchResult = SaveImagesMutation['saveImages'][number];

/** What the server takes at once. */
const GROUP = 20;
/** Where the server does not say how long, seconds. */
const PAUSE_SECONDS = 5;

interface Run {
  readonly urls: readonly string[];
  readonly send: (urls: readonly string[]) => Promise<readonly FetchResult[]>;
  /** Ends the run after what is on its way. */
  readonly signal: AbortSignal;
  onSending(urls: readonly string[]): void;
  onResults(results: readonly FetchResult[]): void;
  /** The server does not take more before then; those that were sent wait again. @param until ms since 1970. */
  onPause(urls: readonly string[], until: number): void;
}

/**
 * Has pictures fetched group by group, and waits where the server asks for it.
 * @throws what `send` throws, but for limits that pass.
 */
export async function runFetches({ urls, send, signal, ...told }: Run): Promise<void> {
  let size = GROUP;
  let hasWaited = false;
  let rest = urls;
  while (rest.length > 0 && !signal.aborted) {
    const group = rest.slice(0, size);
    told.onSending(group);
    try {
      told.onResults(await send(group));
      rest = rest.slice(group.length);
      hasWaited = false;
    } catch (error) {
      const seconds = secondsToWait(error);
      if (seconds === undefined) throw error;
      // A limit may be smaller than a group.
      if (hasWaited) size = Math.ceil(size / 2);
      hasWaited = true;
      told.onPause(group, Date.now() + seconds * 1000);
      await pause(seconds * 1000, signal);
    }
  }
}

function secondsToWait(error: unknown): number | undefined {
  if (!CombinedGraphQLErrors.is(error)) return undefined;
  const { code, retryAfter } = error.errors[0]?.extensions ?? {};
  if (code !== 'RATE_LIMITED' && code !== 'SERVICE_UNAVAILABLE') return undefined;
  return typeof retryAfter === 'number' ? retryAfter : PAUSE_SECONDS;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });
}
