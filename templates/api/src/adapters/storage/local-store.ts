import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Files in one directory, by keys that the server made. */
export class LocalStore {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<LocalStore> {
    await mkdir(directory, { recursive: true });
    return new LocalStore(directory);
  }

  /** Durable when it resolves: the file is synced, renamed to its place, and the directory synced. */
  async put(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#path(key);
    const temporary = `${path}.part`;
    try {
      const file = await open(temporary, 'wx');
      try {
        for await (const chunk of chunks) await file.writeFile(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
    const directory = await open(this.#directory);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  file(key: string): Bun.BunFile {
    return Bun.file(this.#path(key));
  }

  async remove(key: string): Promise<void> {
    await unlink(this.#path(key));
  }

  #path(key: string): string {
    return join(this.#directory, key);
  }
}
