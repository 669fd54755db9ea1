import type postgres from 'postgres';
import { type EventBus, PING_MS } from './event-bus.ts';
import { encode, Subscribers } from './subscribers.ts';

const CHANNEL = 'stockroom';
const RETRY_MS = 300;
/** A connection that takes longer to answer is given up, ms. */
const PATIENCE_MS = 2000;

interface ListenerEvents {
  readonly onMessage: (message: string) => void;
  readonly onClose: () => void;
}

interface PostgresEventBusOptions {
  readonly sql: postgres.Sql;
  /** Makes a client of one connection, which is not given back when idle. */
  readonly connectListener: (events: ListenerEvents) => postgres.Sql;
  /** Told of handlers that throw. */
  readonly onError: (error: unknown) => void;
}

/** Messages by LISTEN and NOTIFY. The listening connection is made for the first subscriber. */
export class PostgresEventBus implements EventBus {
  readonly #options: PostgresEventBusOptions;
  readonly #subscribers: Subscribers;
  #listener: postgres.Sql | undefined;
  #timer: Timer | undefined;
  #isConnected = false;
  #isClosed = false;

  constructor(options: PostgresEventBusOptions) {
    this.#options = options;
    this.#subscribers = new Subscribers(options.onError);
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
    clearTimeout(this.#timer);
    await this.#listener?.end({ timeout: 1 });
  }

  #start(): void {
    if (!this.#listener && !this.#isClosed) this.#connect();
  }

  #connect(): void {
    const listener = this.#options.connectListener({
      onMessage: (message) => this.#subscribers.deliver(message),
      onClose: () => this.#lose(listener),
    });
    this.#listener = listener;
    void this.#listen(listener);
  }

  async #listen(listener: postgres.Sql): Promise<void> {
    try {
      await inTime(listener.unsafe(`listen ${CHANNEL}`));
      if (listener !== this.#listener || this.#isClosed) return;
      this.#isConnected = true;
      this.#pingLater(listener);
      this.#subscribers.gap();
    } catch {
      this.#lose(listener);
    }
  }

  /** The driver neither notices a half-open connection nor can close one: the client is given up as a whole. */
  #lose(listener: postgres.Sql): void {
    if (listener !== this.#listener || this.#isClosed) return;
    this.#isConnected = false;
    this.#listener = undefined;
    listener.end({ timeout: 0 }).catch(() => {});
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), RETRY_MS);
  }

  #pingLater(listener: postgres.Sql): void {
    this.#timer = setTimeout(() => {
      inTime(listener.unsafe('select')).then(
        () => {
          if (listener === this.#listener && !this.#isClosed) this.#pingLater(listener);
        },
        () => this.#lose(listener),
      );
    }, PING_MS);
  }
}

/** @throws when an answer takes too long. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  try {
    return await Promise.race([answer, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
