/** How often a listening connection is asked whether it still lives, ms: half-open, it would be silent for ever. */
export const PING_MS = 5000;

/** Short messages to every instance, this one included. They may be lost while the connection is; see `onGap`. */
export interface EventBus {
  /**
   * @param payload JSON; at most 7,000 bytes with its topic.
   * @throws RangeError for a longer one.
   */
  publish(topic: string, payload: unknown): Promise<void>;
  /** @returns a function that ends the subscription. */
  subscribe(topic: string, handler: (payload: unknown) => void): () => void;
  /** Calls when messages may have been lost, also at the first connection. @returns a function that ends it. */
  onGap(handler: () => void): () => void;
  /** False while messages may be lost unseen; nothing connects before the first subscription. */
  readonly connected: boolean;
  close(): Promise<void>;
}
