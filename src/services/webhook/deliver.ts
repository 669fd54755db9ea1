import { and, eq } from 'drizzle-orm';
import { blobs } from '../../adapters/db/schema.ts';
import { RemoteError } from '../../adapters/remote/remote-client.ts';
import type { Services } from '../context.ts';
import { type FormFile, formBody } from './form-body.ts';
import { completePayload, fileOfPayload } from './payload.ts';
import type { DeliveryRecord, WebhookRow } from './record.ts';
import { parseRetryAfter } from './retry-delay.ts';
import { signatures } from './secrets.ts';

/** A receiver must answer in this time, ms; where a file goes along it has more, by the size. */
const TIMEOUT_MS = 10_000;
/** A receiver that takes a file slower than this is given up, bytes per second. */
const SLOWEST_RATE = 100_000;

/** What became of one try. */
export interface Outcome {
  readonly status: number | null;
  /** Why it failed, in a word; null: the receiver took it. */
  readonly failure: 'status' | 'timeout' | 'unreachable' | 'protocol' | null;
  /** What the receiver asks for, ms. */
  readonly retryAfterMs: number;
  readonly durationMs: number;
}

/**
 * Tells a webhook one thing, once. Redirects are not followed, and nothing of the answer counts but its head.
 * @throws the signal's reason; the error of the database.
 */
export async function deliver(
  services: Services,
  webhook: WebhookRow,
  delivery: DeliveryRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const content = JSON.stringify(completePayload(services, delivery.payload));
  const now = new Date();
  const timestamp = Math.floor(now.getTime() / 1000);
  const isForm = webhook.format === 'FORM_DATA';
  const form = isForm ? formBody(content, await fileOf(services, webhook.mallId, delivery)) : undefined;
  const body = form?.body ?? new TextEncoder().encode(content);
  const started = performance.now();
  const took = () => Math.round(performance.now() - started);
  try {
    const { status, headers } = await services.webhookClient.fetch({
      url: webhook.url,
      method: 'POST',
      headers: {
        'content-type': form?.contentType ?? 'application/json',
        'webhook-id': delivery.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures(webhook.secret, delivery.id, timestamp, content, now),
      },
      body,
      ...(form && { bodyBytes: form.bytes }),
      redirects: 0,
      headOnly: true,
      timeoutMs: TIMEOUT_MS + Math.ceil((form?.bytes ?? 0) / (SLOWEST_RATE / 1000)),
      signal,
    });
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), now);
    const failure = status >= 200 && status <= 299 ? null : 'status';
    return { status, failure, retryAfterMs, durationMs: took() };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RemoteError)) throw error;
    const { id, webhookId } = delivery;
    services.log.info({ err: error, id, webhookId, reason: error.reason }, 'a webhook was not told');
    return { status: null, failure: failureOf(error), retryAfterMs: 0, durationMs: took() };
  }
}

/** Whoever makes webhooks must not learn which names lead into the server's own network. */
function failureOf({ reason }: RemoteError): Exclude<Outcome['failure'], 'status' | null> {
  if (reason === 'timeout') return 'timeout';
  return reason === 'refused' || reason === 'unreachable' ? 'unreachable' : 'protocol';
}

/** The file as it was at the time of the event; undefined where there is none, or where it is gone since. */
async function fileOf(
  { db, store }: Services,
  mallId: number,
  { payload }: DeliveryRecord,
): Promise<FormFile | undefined> {
  const wanted = fileOfPayload(payload);
  if (!wanted) return undefined;
  const [blob] = await db
    .select({ storageKey: blobs.storageKey, size: blobs.size, mimeType: blobs.mimeType })
    .from(blobs)
    .where(and(eq(blobs.mallId, mallId), eq(blobs.sha256, wanted.sha256)));
  if (!blob) return undefined;
  const { storageKey, size, mimeType } = blob;
  return {
    filename: wanted.filename,
    mimeType,
    size,
    stream: () => store.read(storageKey, 0, size).stream(),
  };
}
