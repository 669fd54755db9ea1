import type { Client } from './client.ts';
import { until } from './temporary.ts';

/** A GraphQL subscription over SSE (GraphQL over Server-Sent Events, distinct connections). */
export interface Subscription extends AsyncDisposable {
  readonly status: number;
  /** The results so far. */
  readonly results: { readonly data?: Record<string, unknown>; readonly errors?: unknown[] }[];
  /** Whether the server has ended it. */
  readonly isOver: boolean;
}

/** Subscribes with the cookie of a client, or other headers. */
export async function subscribe(
  client: Client,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Subscription> {
  const controller = new AbortController();
  const response = await client.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  });
  const subscription = { status: response.status, results: [] as Subscription['results'], isOver: false };
  const reading = read(response, subscription).catch(() => {});
  return Object.assign(subscription, {
    async [Symbol.asyncDispose]() {
      controller.abort();
      await reading;
    },
  });
}

/** Waits for a result that fits. */
export async function result<T>(
  subscription: Subscription,
  what: string,
  pick: (data: Record<string, unknown>) => T | undefined,
): Promise<T> {
  return await until(what, () => {
    for (const { data } of subscription.results) {
      const picked = data && pick(data);
      if (picked !== undefined) return picked;
    }
    return undefined;
  });
}

async function read(
  response: Response,
  subscription: { results: Subscription['results']; isOver: boolean },
): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: ?(.+)$/m.exec(event)?.[1];
      if (data && /^event: next$/m.test(event)) subscription.results.push(JSON.parse(data));
    }
  }
  subscription.isOver = true;
}
