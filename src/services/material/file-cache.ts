import type { EventBus } from '../../adapters/events/event-bus.ts';
import { FILES_TOPIC, type FilesChange } from './changes.ts';
import type { FileDescriptor } from './open-file.ts';

interface FileCacheOptions {
  /** Without one nothing is cached: changes made by others would go unseen. */
  readonly bus?: EventBus | undefined;
  /** Told of bytes that are kept no more, by their sha256 in hex. */
  readonly onRemoved?: (sha256: string) => void;
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

const ENTRIES = 10_000;
const TTL_MS = 10_000;

/**
 * Public files by their path, so that a picture that many ask for costs no query. Whoever changes what `openFile` finds
 * (visibility, trash, bytes, name) calls `announceFiles` after the commit; every instance hears of it over the event bus.
 * While that is not connected nothing is remembered.
 */
export class FileCache {
  readonly #bus: EventBus | undefined;
  readonly #onRemoved: FileCacheOptions['onRemoved'];
  readonly #capacity: number;
  readonly #ttlMs: number;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #ends: (() => void)[] | undefined;
  /** Counts what was heard: a row that was read before may be older than the news. */
  #generation = 0;
  #hits = 0;
  #misses = 0;

  constructor({
    bus,
    onRemoved,
    entries = ENTRIES,
    ttlMs = TTL_MS,
    now = () => performance.now(),
  }: FileCacheOptions) {
    this.#bus = bus;
    this.#onRemoved = onRemoved;
    this.#capacity = entries;
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** How often a file was remembered, and how often it was not and the database was asked. */
  get uses(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  get(basePath: string): FileDescriptor | undefined {
    if (!this.#isCurrent()) return undefined;
    const entry = this.#entries.get(basePath);
    if (!entry) return undefined;
    this.#entries.delete(basePath);
    if (entry.expires <= this.#now()) return undefined;
    this.#entries.set(basePath, entry);
    this.#hits++;
    return entry.file;
  }

  /** What is remembered, else what `read` finds in the database, which is then remembered. What is not there is not. */
  async find(
    basePath: string,
    read: () => Promise<FileDescriptor | undefined>,
  ): Promise<FileDescriptor | undefined> {
    const known = this.get(basePath);
    if (known) return known;
    this.#misses++;
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

  /** Forgets a file, on this instance. */
  forget(basePath: string): void {
    this.#generation++;
    this.#entries.delete(basePath);
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
      this.#bus.subscribe(FILES_TOPIC, (payload) => this.#hear(payload)),
      this.#bus.onGap(() => this.clear()),
    ];
  }

  #isCurrent(): boolean {
    if (this.#bus?.connected) return true;
    if (this.#entries.size > 0) this.clear();
    return false;
  }

  #hear(payload: unknown): void {
    const change = parseChange(payload);
    // Another release may say more than this one knows.
    if (!change) this.clear();
    for (const basePath of change?.basePaths ?? []) this.forget(basePath);
    for (const sha256 of change?.sha256s ?? []) this.#onRemoved?.(sha256);
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

function parseChange(payload: unknown): FilesChange | undefined {
  const { basePaths, sha256s } = (payload ?? {}) as Partial<FilesChange>;
  return Array.isArray(basePaths) && Array.isArray(sha256s) ? { basePaths, sha256s } : undefined;
}
