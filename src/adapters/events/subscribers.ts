type Handler = (payload: unknown) => void;

/** PostgreSQL takes messages of less than 8,000 bytes. */
const MAX_MESSAGE_BYTES = 7000;

/** Who waits for what in this process. */
export class Subscribers {
  readonly #byTopic = new Map<string, Set<{ readonly handler: Handler }>>();
  readonly #gapHandlers = new Set<{ readonly handler: () => void }>();
  readonly #onError: (error: unknown) => void;

  /** @param onError told of handlers that throw; the others are called all the same. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(topic: string, handler: Handler): () => void {
    const handlers = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, handlers);
    const entry = { handler };
    handlers.add(entry);
    return () => {
      handlers.delete(entry);
      if (handlers.size === 0 && this.#byTopic.get(topic) === handlers) this.#byTopic.delete(topic);
    };
  }

  addGap(handler: () => void): () => void {
    const entry = { handler };
    this.#gapHandlers.add(entry);
    return () => this.#gapHandlers.delete(entry);
  }

  /** Hands on what `encode` made; anything else that came over the channel is passed over. */
  deliver(message: string): void {
    const { topic, payload } = decode(message) ?? {};
    if (topic === undefined) return;
    for (const { handler } of [...(this.#byTopic.get(topic) ?? [])]) this.#call(() => handler(payload));
  }

  gap(): void {
    for (const { handler } of [...this.#gapHandlers]) this.#call(handler);
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** @throws RangeError for a message that is too long for PostgreSQL, whatever carries it. */
export function encode(topic: string, payload: unknown): string {
  const message = JSON.stringify({ topic, payload });
  const length = Buffer.byteLength(message);
  if (length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`a message of ${length} bytes is more than ${MAX_MESSAGE_BYTES}`);
  }
  return message;
}

function decode(message: string): { topic: string; payload: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value !== 'object' || value === null || !('topic' in value)) return undefined;
    if (typeof value.topic !== 'string') return undefined;
    return { topic: value.topic, payload: 'payload' in value ? value.payload : undefined };
  } catch {
    return undefined;
  }
}
