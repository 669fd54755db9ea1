import type postgres from 'postgres';
import type { EventBus } from './event-bus.ts';
import { encode, Subscribers } from './subscribers.ts';

const CHANNEL = 'stockroom';
const RETRY_MS = 300;

interface ListenerEvents {
  readonly onMessage: (message: string) => void;
  readonly onClose: () => void;
}

interface PostgresEventBusOptions {
  readonly sql: postgres.Sql;
  /** Makes a client of one connection, which is not given back when idle. */
  readonly connectListener: (events: ListenerEvents) => postgres.Sql;
}

/** Messages by LISTEN and NOTIFY. The listening connection is made for the first subscriber. */
export class PostgresEventBus implements EventBus {
  readonly #options: PostgresEventBusOptions;
  readonly #subscribers = new Subscribers();
  #listener: postgres.Sql | undefined;
  #isConnected = false;
  #isClosed = false;

  constructor(options: PostgresEventBusOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#isConnected;
  }

  async publish(topic: string, payload: unknown): Promise<void> {
    await this.#options.sql`select pg_notify(${CHANNEL}, ${encode(topic, payload)})`;
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
    await this.#listener?.end({ timeout: 1 });
  }

  #start(): void {
    if (this.#listener || this.#isClosed) return;
    const listener = this.#options.connectListener({
      onMessage: (message) => this.#subscribers.deliver(message),
      onClose: () => {
        this.#isConnected = false;
        this.#listenSoon(listener);
      },
    });
    this.#listener = listener;
    void this.#listen(listener);
  }

  async #listen(listener: postgres.Sql): Promise<void> {
    try {
      await listener.unsafe(`listen ${CHANNEL}`);
      this.#isConnected = !this.#isClosed;
      this.#subscribers.gap();
    } catch {
      this.#listenSoon(listener);
    }
  }

  #listenSoon(listener: postgres.Sql): void {
    if (this.#isClosed) return;
    setTimeout(() => {
      if (!this.#isClosed && !this.#isConnected) void this.#listen(listener);
    }, RETRY_MS);
  }
}
