import type { EventBus } from '../../adapters/events/event-bus.ts';
import type { FileDescriptor } from './open-file.ts';

interface FileCacheOptions {
  /** Without one nothing is cached: changes made by others would go unseen. */
  readonly bus?: EventBus | undefined;
  /** Files that are remembered at most. */
  readonly entries?: number;
  /** ms after which a file is looked up again, whatever was heard of it. */
  readonly ttlMs?: number;
  /** ms of a clock that never goes back. */
  readonly now?: () => number;
}

interface Entry {
  readonly file: FileDescriptor;
  readonly expires: number;
}

/** Messages name what changed: `{ basePath }`. */
const TOPIC = 'material-file-changed';
const ENTRIES = 10_000;
const TTL_MS = 10_000;

/**
 * Public files by their path, so that a picture that many ask for costs no query. Whoever changes what `openFile` finds
 * (visibility, trash, bytes, name) calls `invalidate` after the commit; every instance hears of it over the event bus.
 * While that is not connected nothing is remembered.
 */
export class FileCache {
  readonly #bus: EventBus | undefined;
  readonly #capacity: number;
  readonly #ttlMs: number;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #ends: (() => void)[] | undefined;
  /** Counts what was heard: a row that was read before may be older than the news. */
  #generation = 0;

  constructor({ bus, entries = ENTRIES, ttlMs = TTL_MS, now = () => performance.now() }: FileCacheOptions) {
    this.#bus = bus;
    this.#capacity = entries;
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  get(basePath: string): FileDescriptor | undefined {
    if (!this.#isCurrent()) return undefined;
    const entry = this.#entries.get(basePath);
    if (!entry) return undefined;
    this.#entries.delete(basePath);
    if (entry.expires <= this.#now()) return undefined;
    this.#entries.set(basePath, entry);
    return entry.file;
  }

  /** What is remembered, else what `read` finds in the database, which is then remembered. What is not there is not. */
  async find(
    basePath: string,
    read: () => Promise<FileDescriptor | undefined>,
  ): Promise<FileDescriptor | undefined> {
    const known = this.get(basePath);
    if (known) return known;
    this.#listen();
    const isConnected = this.#isCurrent();
    const generation = this.#generation;
    // Before the read: what is found may change right after it.
    const expires = this.#now() + this.#ttlMs;
    const file = await read();
    if (file && isConnected && this.#isCurrent() && generation === this.#generation) {
      this.#put(basePath, { file, expires });
    }
    return file;
  }

  /** Forgets a file here and on every other instance. @throws the bus's error; then others may know it until it expires. */
  async invalidate(basePath: string): Promise<void> {
    this.#forget(basePath);
    await this.#bus?.publish(TOPIC, { basePath });
  }

  /** Forgets everything, on this instance. */
  clear(): void {
    this.#generation++;
    this.#entries.clear();
  }

  close(): void {
    for (const end of this.#ends ?? []) end();
    this.clear();
  }

  /** Listening takes a connection, so it begins with the first file that somebody asks for. */
  #listen(): void {
    if (this.#ends || !this.#bus) return;
    this.#ends = [
      this.#bus.subscribe(TOPIC, (payload) => this.#hear(payload)),
      this.#bus.onGap(() => this.clear()),
    ];
  }

  #isCurrent(): boolean {
    if (this.#bus?.connected) return true;
    if (this.#entries.size > 0) this.clear();
    return false;
  }

  #hear(payload: unknown): void {
    if (
      typeof payload === 'object' &&
      payload &&
      'basePath' in payload &&
      typeof payload.basePath === 'string'
    ) {
      this.#forget(payload.basePath);
    } else {
      // Another release may say more than this one knows.
      this.clear();
    }
  }

  #forget(basePath: string): void {
    this.#generation++;
    this.#entries.delete(basePath);
  }

  #put(basePath: string, entry: Entry): void {
    this.#entries.delete(basePath);
    this.#entries.set(basePath, entry);
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }
}
