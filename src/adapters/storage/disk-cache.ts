import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const GIB = 1024 ** 3;
/** Of the free disk, when no size was chosen. */
const FREE_PART = 0.1;
/** Entries take memory too: about 300 bytes each. */
const MAX_ENTRIES = 50_000;
/** A use is noted on disk once in so many ms, for the order after a restart. */
const TOUCH_MS = 600_000;
const BLOCK_BYTES = 4096;
const SHARDS = 256;
const NAME = /^([\da-f]{64}-[\da-f]{16})-(\d{1,15})-([\da-f]{32})\.([a-z]{3,4})$/;

/** A file that was made from others and can be made again. */
export interface CachedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of its bytes: 32 hex digits. */
  readonly digest: string;
  /** Without a dot. */
  readonly extension: string;
}

interface Entry extends Omit<CachedFile, 'path'> {
  /** ms since 1970. */
  usedAt: number;
  touchedAt: number;
}

interface FileCacheOptions {
  /** Bytes on disk; by default 1 GiB, or a tenth of what is free where that is less. */
  readonly capacity?: number | undefined;
  readonly maxEntries?: number;
  /** Most entries of one group; one more takes the place of the group's least recently used. */
  readonly maxGroup: number;
}

/**
 * Files that can be made again, in one directory, bounded in bytes and number; the least recently used go first. The
 * names on disk are the index: group, key, size and digest, so that a restart knows everything and a file that was cut
 * is not served. They are read in the background, and at once where somebody asks.
 *
 * Keys are `<group>-<key>`: 64 hex digits of what the file was made from, 16 of how.
 */
export class DiskCache {
  readonly #root: string;
  readonly #capacity: number;
  readonly #maxEntries: number;
  readonly #maxGroup: number;
  /** The least recently used first, once everything is read. */
  #entries = new Map<string, Entry>();
  readonly #groups = new Map<string, number>();
  readonly #shards = new Map<string, Promise<void>>();
  /** Keys whose files are being made. */
  readonly #makings = new Map<string, { purged: boolean }>();
  #bytes = 0;
  #isRead = false;
  #reading: Promise<void> = Promise.resolve();

  private constructor(root: string, capacity: number, options: FileCacheOptions) {
    this.#root = root;
    this.#capacity = capacity;
    this.#maxEntries = options.maxEntries ?? MAX_ENTRIES;
    this.#maxGroup = options.maxGroup;
  }

  /** @throws the file system's error when the directory cannot be made. */
  static async open(root: string, options: FileCacheOptions): Promise<DiskCache> {
    await mkdir(join(root, 'partial'), { recursive: true, mode: 0o700 });
    const disk = await statfs(root);
    const capacity = options.capacity ?? Math.min(GIB, Math.floor(disk.bavail * disk.bsize * FREE_PART));
    const cache = new DiskCache(root, capacity, options);
    cache.#reading = cache.#readAll().catch(() => {
      // What cannot be read is made again; the next start looks at it once more.
    });
    return cache;
  }

  /** Bytes on disk that are known of. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Resolves when the names of an earlier run are read and what is too much is gone. */
  ready(): Promise<void> {
    return this.#reading;
  }

  /** A name for a file to be made, on the same file system. */
  partial(): string {
    return join(this.#root, 'partial', randomUUID());
  }

  /** The file, if it is there in full length. */
  async get(key: string): Promise<CachedFile | undefined> {
    if (!this.#isRead) await this.#readShard(key.slice(0, 2));
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const path = this.#path(key, entry);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== entry.size) {
      await this.#drop(key, entry);
      return undefined;
    }
    this.#use(key, entry, path);
    return { path, size: entry.size, digest: entry.digest, extension: entry.extension };
  }

  /** Tells that a file is being made, by one at a time: when its group is purged before the end, it is not kept. */
  begin(key: string): Disposable {
    this.#makings.set(key, { purged: false });
    return { [Symbol.dispose]: () => this.#makings.delete(key) };
  }

  /**
   * Takes over a finished file.
   * @returns undefined when it may not be kept: it is still at `partial` then.
   */
  async put(key: string, partial: string, made: Omit<CachedFile, 'path'>): Promise<CachedFile | undefined> {
    if (this.#makings.get(key)?.purged || blocks(made.size) > this.#capacity) return undefined;
    if (!this.#isRead) await this.#readShard(key.slice(0, 2));
    const now = Date.now();
    const entry: Entry = { ...made, usedAt: now, touchedAt: now };
    const path = this.#path(key, entry);
    try {
      await rename(partial, path).catch(async () => {
        await mkdir(join(this.#root, key.slice(0, 2)), { recursive: true, mode: 0o700 });
        await rename(partial, path);
      });
    } catch {
      return undefined;
    }
    if (this.#makings.get(key)?.purged) {
      await rm(path, { force: true });
      return undefined;
    }
    const former = this.#entries.get(key);
    if (former) this.#forget(key, former);
    if (former && this.#path(key, former) !== path) await rm(this.#path(key, former), { force: true });
    this.#add(key, entry);
    await this.#trim(key);
    return { path, ...made };
  }

  /** Removes all files of a group, also those that are being made. */
  async purge(group: string): Promise<void> {
    for (const [key, making] of this.#makings) if (groupOf(key) === group) making.purged = true;
    const directory = join(this.#root, group.slice(0, 2));
    const names = await readdir(directory).catch(() => []);
    for (const name of names) {
      if (!name.startsWith(`${group}-`)) continue;
      await rm(join(directory, name), { force: true });
      const key = NAME.exec(name)?.[1];
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (key !== undefined && entry) this.#forget(key, entry);
    }
  }

  async #readAll(): Promise<void> {
    // What a killed process left half made.
    const partials = join(this.#root, 'partial');
    const begun = Date.now();
    for (const name of await readdir(partials)) {
      const { mtimeMs } = await stat(join(partials, name));
      if (mtimeMs < begun) await rm(join(partials, name), { force: true });
    }
    for (let shard = 0; shard < SHARDS; shard++) await this.#readShard(shard.toString(16).padStart(2, '0'));
    this.#entries = new Map([...this.#entries].sort(([, a], [, b]) => a.usedAt - b.usedAt));
    this.#isRead = true;
    this.#shards.clear();
    await this.#trim();
  }

  #readShard(shard: string): Promise<void> {
    let reading = this.#shards.get(shard);
    if (!reading) {
      reading = this.#scan(join(this.#root, shard));
      this.#shards.set(shard, reading);
    }
    return reading;
  }

  async #scan(directory: string): Promise<void> {
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name);
      const [, key, size, digest, extension] = NAME.exec(name) ?? [];
      const found = await stat(path).catch(() => undefined);
      if (
        key === undefined ||
        digest === undefined ||
        extension === undefined ||
        found?.size !== Number(size)
      ) {
        await rm(path, { force: true, recursive: true });
        continue;
      }
      const usedAt = found.mtimeMs;
      if (!this.#entries.has(key))
        this.#add(key, { size: found.size, digest, extension, usedAt, touchedAt: usedAt });
    }
  }

  #use(key: string, entry: Entry, path: string): void {
    const now = Date.now();
    entry.usedAt = now;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (now - entry.touchedAt < TOUCH_MS) return;
    entry.touchedAt = now;
    utimes(path, now / 1000, now / 1000).catch(() => {
      // Then the order after a restart is a little off.
    });
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += blocks(entry.size);
    const group = groupOf(key);
    this.#groups.set(group, (this.#groups.get(group) ?? 0) + 1);
  }

  #forget(key: string, entry: Entry): void {
    if (!this.#entries.delete(key)) return;
    this.#bytes -= blocks(entry.size);
    const group = groupOf(key);
    const left = (this.#groups.get(group) ?? 1) - 1;
    if (left > 0) this.#groups.set(group, left);
    else this.#groups.delete(group);
  }

  async #drop(key: string, entry: Entry): Promise<void> {
    this.#forget(key, entry);
    await rm(this.#path(key, entry), { force: true });
  }

  /** Removes what is too much, but not the newest. While an earlier run's names are being read, nothing is old. */
  async #trim(newest?: string): Promise<void> {
    if (!this.#isRead) return;
    if (newest !== undefined && (this.#groups.get(groupOf(newest)) ?? 0) > this.#maxGroup) {
      for (const [key, entry] of this.#entries) {
        if (groupOf(key) !== groupOf(newest)) continue;
        await this.#drop(key, entry);
        break;
      }
    }
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#capacity && this.#entries.size <= this.#maxEntries) break;
      if (key !== newest) await this.#drop(key, entry);
    }
  }

  #path(key: string, { size, digest, extension }: Entry): string {
    return join(this.#root, key.slice(0, 2), `${key}-${size}-${digest}.${extension}`);
  }
}

function groupOf(key: string): string {
  return key.slice(0, 64);
}

/** Bytes that a file takes on disk. */
function blocks(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
