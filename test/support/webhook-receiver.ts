import { Webhook } from 'standardwebhooks';
import type { Client } from './client.ts';
import { until } from './temporary.ts';

/** A message as it arrived. */
export interface Received {
  readonly id: string;
  readonly headers: Headers;
  readonly text: string;
}

export interface Payload {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly mall: { readonly id: number; readonly name: string };
    readonly material?: Readonly<Record<string, unknown>>;
    readonly actor: { readonly id: number; readonly username: string } | null;
  };
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** Messages of one type. */
  payloads(type: string): Payload[];
}

type Answer = (request: Request, received: Received) => Response | Promise<Response>;

const TAKEN: Answer = () => new Response(null, { status: 204 });

/** Somebody on loopback who is told what happens. @param port 0: a free one. */
export function startReceiver(answer: Answer = TAKEN, port = 0): Receiver {
  const received: Received[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    idleTimeout: 255,
    fetch: async (request) => {
      const { headers } = request;
      const message = { id: headers.get('webhook-id') ?? '', headers, text: await request.text() };
      received.push(message);
      return await answer(request, message);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    received,
    payloads: (type) =>
      received.map(({ text }) => JSON.parse(text) as Payload).filter((payload) => payload.type === type),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** @throws unless the reference library finds the signature right. */
export function verify(secret: string, { headers }: Pick<Received, 'headers'>, text: string): Payload {
  return new Webhook(secret).verify(text, Object.fromEntries(headers)) as Payload;
}

export interface MadeWebhook {
  readonly id: string;
  readonly secret: string;
}

const EVENTS = [
  'MATERIAL_CREATED',
  'MATERIAL_UPDATED',
  'MATERIAL_REPLACED',
  'MATERIAL_DELETED',
  'MATERIAL_RESTORED',
  'MATERIAL_PURGED',
  'EXPORT_FINISHED',
  'QUOTA_NEAR',
];

export async function createWebhook(
  client: Client,
  url: string,
  {
    mallId = 1,
    events = EVENTS,
    format = 'JSON',
  }: { mallId?: number; events?: string[]; format?: string } = {},
): Promise<MadeWebhook> {
  const { createWebhook: made } = await client.data<{
    createWebhook: { secret: string; webhook: { id: string } };
  }>(
    `mutation ($mallId: Int!, $url: String!, $events: [WebhookEvent!]!, $format: WebhookFormat) {
      createWebhook(mallId: $mallId, url: $url, events: $events, format: $format) { secret webhook { id } }
    }`,
    { mallId, url, events, format },
  );
  return { id: made.webhook.id, secret: made.secret };
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly state: string;
  readonly attempts: number;
  readonly responseStatus: number | null;
  readonly failure: string | null;
  readonly durationMs: number | null;
  readonly payload: Payload;
  readonly dueAt: string | null;
  readonly finishedAt: string | null;
}

/** What a webhook was told, the newest first. */
export async function deliveries(client: Client, id: string): Promise<Delivery[]> {
  const { webhook } = await client.data<{ webhook: { deliveries: { edges: { node: Delivery }[] } } }>(
    `query ($id: ID!) { webhook(id: $id) { deliveries(first: 100) { edges { node {
      id event state attempts responseStatus failure durationMs payload dueAt finishedAt
    } } } } }`,
    { id },
  );
  return webhook.deliveries.edges.map(({ node }) => node);
}

/** Waits for a delivery that is as wanted. */
export async function deliveryLike(
  client: Client,
  webhookId: string,
  isWanted: (delivery: Delivery) => boolean,
  timeoutMs = 30_000,
): Promise<Delivery> {
  return await until(
    'a delivery',
    async () => (await deliveries(client, webhookId)).find(isWanted),
    timeoutMs,
  );
}

/** Waits until so many messages have come. */
export async function arrived(receiver: Receiver, count: number, timeoutMs = 30_000): Promise<void> {
  await until(`${count} messages`, () => receiver.received.length >= count || undefined, timeoutMs);
}
