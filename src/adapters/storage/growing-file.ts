import { type FileHandle, open } from 'node:fs/promises';
import type { SpoolFile } from './spool.ts';

/** A file of the spool with one reader, who may be slower than what writes it, or wait for it. */
export class GrowingFile {
  readonly #file: SpoolFile;
  #reader: FileHandle | undefined;
  /** Of the reader who waits for more. */
  #wake: (() => void) | undefined;
  #outcome: { readonly error?: unknown } | undefined;

  constructor(file: SpoolFile) {
    this.#file = file;
    file.onWritten = () => this.#wakeReader();
  }

  /** Bytes of the whole file; undefined while it grows. */
  get size(): number | undefined {
    return this.#outcome && !('error' in this.#outcome) ? this.#file.written : undefined;
  }

  /**
   * Adds a chunk, which must not change afterwards.
   * @throws AppError STORAGE_FULL; the file system's error of this or an earlier write.
   */
  async append(chunk: Uint8Array): Promise<void> {
    // What is late must not take room of the spool that nobody gives back.
    if (this.#outcome) throw new Error('the file has ended');
    const flushed = this.#file.append(chunk);
    if (flushed !== undefined) await flushed;
    // Few bytes are enough for somebody who waits.
    if (this.#wake) await this.#file.write();
  }

  /** There is no more to come. */
  async finish(): Promise<void> {
    await this.#file.write();
    this.#outcome ??= {};
    this.#wakeReader();
  }

  /** What there is, is worthless: the reader fails at once. Of several endings the first counts. */
  fail(error: unknown): void {
    this.#outcome ??= { error };
    this.#wakeReader();
  }

  /** Whether `read` from here would give something without waiting for the writer. */
  has(position: number): boolean {
    return this.#outcome !== undefined || this.#file.written > position;
  }

  /** Waits until there is something to read from here, or the end. */
  async wait(position: number): Promise<void> {
    while (!this.has(position)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#outcome && 'error' in this.#outcome) throw this.#outcome.error;
  }

  /** @returns at most so many bytes, and at least one; undefined at the end. */
  async read(position: number, maxBytes: number): Promise<Uint8Array | undefined> {
    await this.wait(position);
    const length = Math.min(this.#file.written - position, maxBytes);
    if (length <= 0) return undefined;
    this.#reader ??= await open(this.#file.path, 'r');
    const { bytesRead, buffer } = await this.#reader.read(new Uint8Array(length), 0, length, position);
    if (bytesRead === 0) throw new Error('a file of the spool was cut while it was read');
    return buffer.subarray(0, bytesRead);
  }

  /** Removes the file; nobody may be reading or writing it. */
  async remove(): Promise<void> {
    this.fail(new Error('the file was removed'));
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close();
    await this.#file.remove();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
