type Handler = (payload: unknown) => void;

/** Who waits for what in this process. */
export class Subscribers {
  readonly #byTopic = new Map<string, Set<Handler>>();
  readonly #gapHandlers = new Set<() => void>();

  add(topic: string, handler: Handler): () => void {
    let handlers = this.#byTopic.get(topic);
    if (!handlers) {
      handlers = new Set();
      this.#byTopic.set(topic, handlers);
    }
    handlers.add(handler);
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0 && this.#byTopic.get(topic) === handlers) this.#byTopic.delete(topic);
    };
  }

  addGap(handler: () => void): () => void {
    this.#gapHandlers.add(handler);
    return () => this.#gapHandlers.delete(handler);
  }

  /** Hands on what `encode` made; anything else that came over the channel is passed over. */
  deliver(message: string): void {
    const { topic, payload } = decode(message) ?? {};
    if (topic === undefined) return;
    for (const handler of [...(this.#byTopic.get(topic) ?? [])]) handler(payload);
  }

  gap(): void {
    for (const handler of [...this.#gapHandlers]) handler();
  }
}

export function encode(topic: string, payload: unknown): string {
  return JSON.stringify({ topic, payload });
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
