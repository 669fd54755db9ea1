/** Messages between the parts of this server and, where there are several, between its instances. */
export interface EventBus {
  publish(topic: string, payload: unknown): Promise<void>;
  /** @returns what ends the subscription. */
  subscribe(topic: string, handler: (payload: unknown) => void): () => void;
  /** Called when messages may have been lost. @returns what ends it. */
  onGap(handler: () => void): () => void;
  /** While false, messages of others do not arrive. */
  readonly connected: boolean;
}
