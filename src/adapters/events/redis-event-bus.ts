import type { Redis } from 'ioredis';
import type { EventBus } from './event-bus.ts';
import { encode, Subscribers } from './subscribers.ts';

const CHANNEL = 'stockroom';

interface RedisEventBusOptions {
  readonly redis: Redis;
  /** Makes the connection that subscribes, which can do nothing else; it reconnects by itself. */
  readonly connectListener: () => Redis;
}

/** Messages by Redis channels. The subscribing connection is made for the first subscriber. */
export class RedisEventBus implements EventBus {
  readonly #options: RedisEventBusOptions;
  readonly #subscribers = new Subscribers();
  #listener: Redis | undefined;
  #isConnected = false;

  constructor(options: RedisEventBusOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#isConnected;
  }

  async publish(topic: string, payload: unknown): Promise<void> {
    await this.#options.redis.publish(CHANNEL, encode(topic, payload));
  }

  subscribe(topic: string, handler: (payload: unknown) => void): () => void {
    this.#start();
    return this.#subscribers.add(topic, handler);
  }

  onGap(handler: () => void): () => void {
    this.#start();
    return this.#subscribers.addGap(handler);
  }

  async close(): Promise<void> {
    this.#isConnected = false;
    this.#listener?.disconnect();
  }

  #start(): void {
    if (this.#listener) return;
    const listener = this.#options.connectListener();
    this.#listener = listener;
    listener.on('message', (_channel: string, message: string) => this.#subscribers.deliver(message));
    listener.on('close', () => {
      this.#isConnected = false;
    });
    listener.on('ready', () => void this.#listen(listener));
  }

  async #listen(listener: Redis): Promise<void> {
    try {
      await listener.subscribe(CHANNEL);
      this.#isConnected = true;
      this.#subscribers.gap();
    } catch {
      // Made anew, it tries again.
      listener.disconnect(true);
    }
  }
}
