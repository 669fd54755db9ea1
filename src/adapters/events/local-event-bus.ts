import type { EventBus } from './event-bus.ts';

/** Reaches this process only: right where no other serves the same data. Nothing is ever lost. */
export class LocalEventBus implements EventBus {
  readonly connected = true;
  readonly #handlers = new Map<string, Set<(payload: unknown) => void>>();

  async publish(topic: string, payload: unknown): Promise<void> {
    for (const handler of this.#handlers.get(topic) ?? []) handler(payload);
  }

  subscribe(topic: string, handler: (payload: unknown) => void): () => void {
    const handlers = this.#handlers.get(topic) ?? new Set();
    this.#handlers.set(topic, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  onGap(): () => void {
    return () => {};
  }
}
