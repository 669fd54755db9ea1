import { copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DirectorySync } from './directory-sync.ts';
import type { ObjectStore } from './object-store.ts';

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

  async size(key: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(key))).size;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  read(key: string, start: number, end: number): Blob {
    return Bun.file(this.#path(key)).slice(start, end);
  }

  localPath(key: string): string {
    return this.#path(key);
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
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
    const partial = `${target}.partial`;
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

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
