import type { Redis } from 'ioredis';
import { type EventBus, PING_MS } from './event-bus.ts';
import { encode, Subscribers } from './subscribers.ts';

interface RedisEventBusOptions {
  readonly redis: Redis;
  /** Channels are the same in all databases of a Redis: others that share it must have another. */
  readonly channel: string;
  /** Makes the connection that subscribes, which can do nothing else; it reconnects by itself. */
  readonly connectListener: () => Redis;
  /** Told of handlers that throw. */
  readonly onError: (error: unknown) => void;
}

/** Messages by Redis channels. The subscribing connection is made for the first subscriber. */
export class RedisEventBus implements EventBus {
  readonly #options: RedisEventBusOptions;
  readonly #subscribers: Subscribers;
  #listener: Redis | undefined;
  #ping: Timer | undefined;
  #isConnected = false;
  #isClosed = false;

  constructor(options: RedisEventBusOptions) {
    this.#options = options;
    this.#subscribers = new Subscribers(options.onError);
  }

  get connected(): boolean {
    return this.#isConnected;
  }

  async publish(topic: string, payload: unknown): Promise<void> {
    const { redis, channel } = this.#options;
    await redis.publish(channel, encode(topic, payload));
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
    this.#isClosed = true;
    this.#isConnected = false;
    clearInterval(this.#ping);
    this.#listener?.disconnect();
  }

  #start(): void {
    if (this.#listener || this.#isClosed) return;
    const listener = this.#options.connectListener();
    this.#listener = listener;
    listener.on('message', (_channel: string, message: string) => this.#subscribers.deliver(message));
    listener.on('close', () => {
      this.#isConnected = false;
    });
    listener.on('ready', () => void this.#listen(listener));
    this.#ping = setInterval(() => {
      if (this.#isConnected) listener.ping().catch(() => this.#reconnect(listener));
    }, PING_MS);
  }

  async #listen(listener: Redis): Promise<void> {
    try {
      await listener.subscribe(this.#options.channel);
      this.#isConnected = !this.#isClosed;
      this.#subscribers.gap();
    } catch {
      this.#reconnect(listener);
    }
  }

  #reconnect(listener: Redis): void {
    this.#isConnected = false;
    if (!this.#isClosed && listener.status === 'ready') listener.disconnect(true);
  }
}
