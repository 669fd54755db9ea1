import { constants, statSync } from 'node:fs';
import { access, copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DirectorySync } from './directory-sync.ts';
import { diskRoom } from './disk-room.ts';
import type { ObjectStore, StoredBytes, StoredObject } from './object-store.ts';

/** A copy that is not complete. */
const PARTIAL = '.partial';
/** Files whose facts are asked for at once. */
const STATS_AT_ONCE = 64;

/** Objects as files below one directory. */
export class LocalStore implements ObjectStore {
  readonly #root: string;
  readonly #directories = new DirectorySync();

  private constructor(root: string) {
    this.#root = root;
  }

  /** @throws the file system's error when the directory cannot be made or written. */
  static async open(root: string): Promise<LocalStore> {
    const store = new LocalStore(root);
    const first = await mkdir(root, { recursive: true, mode: 0o700 });
    if (first !== undefined) await store.#syncParents(first);
    return store;
  }

  async put(key: string, path: string): Promise<void> {
    const target = this.#path(key);
    await this.#place(path, target);
    try {
      await this.#directories.sync(dirname(target));
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
  }

  async check(): Promise<void> {
    await access(this.#root, constants.R_OK | constants.W_OK);
  }

  async size(key: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(key))).size;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  sizeNow(key: string): number | undefined {
    return statSync(this.#path(key), { throwIfNoEntry: false })?.size;
  }

  read(key: string, start: number, end: number): StoredBytes {
    return Bun.file(this.#path(key)).slice(start, end);
  }

  localPath(key: string): string {
    return this.#path(key);
  }

  room(): Promise<number> {
    return diskRoom(this.#root);
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async abandon(key: string): Promise<void> {
    await rm(this.#path(key) + PARTIAL, { force: true });
    await this.remove(key);
  }

  async *list(prefix = '', startAfter = ''): AsyncGenerator<StoredObject> {
    let batch: string[] = [];
    for await (const key of keysBelow(this.#root, '', prefix, startAfter)) {
      batch.push(key);
      if (batch.length < STATS_AT_ONCE) continue;
      yield* await this.#describe(batch);
      batch = [];
    }
    yield* await this.#describe(batch);
  }

  /** Clients come to this server for them. */
  presign(): undefined {}

  /** What has been removed meanwhile is left out. */
  async #describe(keys: readonly string[]): Promise<StoredObject[]> {
    const found = await Promise.all(
      keys.map(async (key) => {
        try {
          const { size, mtime } = await stat(this.#path(key));
          return [{ key, size, modified: mtime }];
        } catch (error) {
          if (isCode(error, 'ENOENT')) return [];
          throw error;
        }
      }),
    );
    return found.flat();
  }

  /** A hard link costs nothing and leaves the spool's name, which tells a restart what was under way. */
  async #place(path: string, target: string): Promise<void> {
    try {
      await link(path, target);
    } catch (error) {
      if (isCode(error, 'ENOENT')) {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await this.#directories.sync(this.#root);
        await this.#place(path, target);
      } else if (isCode(error, 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP')) {
        await this.#copy(path, target);
      } else {
        throw error;
      }
    }
  }

  async #copy(path: string, target: string): Promise<void> {
    const partial = target + PARTIAL;
    try {
      await copyFile(path, partial);
      const handle = await open(partial, 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(partial, target);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** Makes the names of the root and of the directories above it durable, up to the one that was made first. */
  async #syncParents(first: string): Promise<void> {
    for (let made = this.#root; made.length >= first.length; made = dirname(made)) {
      await this.#directories.sync(dirname(made));
    }
  }

  #path(key: string): string {
    return join(this.#root, key);
  }
}

/** Keys in the order of their bytes; memory is that of the names in one directory. */
async function* keysBelow(
  root: string,
  directory: string,
  prefix: string,
  startAfter: string,
): AsyncGenerator<string> {
  const entries = await readdir(join(root, directory), { withFileTypes: true });
  // A slash takes part in the order: `a-b` comes before `a/b`.
  const names = entries
    .map((entry) => directory + entry.name + (entry.isDirectory() ? '/' : ''))
    .filter((name) => (name.endsWith('/') ? true : name > startAfter && !name.endsWith(PARTIAL)))
    .filter((name) => name.startsWith(prefix) || (name.endsWith('/') && prefix.startsWith(name)))
    .sort();
  for (const name of names) {
    if (!name.endsWith('/')) yield name;
    else if (name > startAfter || startAfter.startsWith(name))
      yield* keysBelow(root, name, prefix, startAfter);
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
