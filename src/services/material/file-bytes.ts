import type { ObjectStore, PresignOptions, StoredBytes } from '../../adapters/storage/object-store.ts';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FileDescriptor } from './open-file.ts';

interface FileBytesOptions {
  readonly store: ObjectStore;
  readonly log: Logger;
  /** Bytes of small files that are kept in memory at most. */
  readonly capacity?: number;
  /** Public files of so many bytes have a URL at the store; undefined: none has. */
  readonly redirectBytes?: number | undefined;
}

/** A file that is there; nothing of a large one is read before a slice is. */
export interface OpenedFile {
  /** Bytes from `start` up to and without `end`. */
  slice(start: number, end: number): StoredBytes;
}

type StoredFile = Pick<FileDescriptor, 'storageKey' | 'size'>;

/** A client that was sent elsewhere goes there at once. */
const REDIRECT_SECONDS = 60;
/** Larger files go from the disk to the socket without passing through this process. */
const SMALL_BYTES = 256 * 1024;
const CAPACITY = 32 * 1024 * 1024;

/** The one way from a file's row to its bytes; those of small files stay in memory for a while. */
export class FileBytes {
  readonly #store: ObjectStore;
  readonly #log: Logger;
  readonly #capacity: number;
  readonly #redirectBytes: number;
  /** By storage key, whose bytes never change; in the order of their last use. */
  readonly #held = new Map<string, Blob>();
  #heldBytes = 0;

  constructor({ store, log, capacity = CAPACITY, redirectBytes }: FileBytesOptions) {
    this.#store = store;
    this.#log = log;
    this.#capacity = capacity;
    this.#redirectBytes = redirectBytes ?? Number.POSITIVE_INFINITY;
  }

  /** All bytes of a small file, when they are in memory and those in the store are still there. */
  held(file: StoredFile): Blob | undefined {
    const blob = this.#held.get(file.storageKey);
    if (!blob) return undefined;
    this.#held.delete(file.storageKey);
    if (this.#store.sizeNow && this.#store.sizeNow(file.storageKey) !== file.size) {
      this.#heldBytes -= blob.size;
      return undefined;
    }
    this.#held.set(file.storageKey, blob);
    return blob;
  }

  /**
   * Checks that the store has all of the file.
   * @throws AppError INTERNAL_ERROR when they are missing or of another size, which is logged with the key.
   */
  async open(file: StoredFile): Promise<OpenedFile> {
    const held = this.held(file);
    if (held) return held;
    const { storageKey, size } = file;
    const stored = await this.#store.size(storageKey);
    if (stored !== size) throw this.#damaged(file, stored);
    if (size > SMALL_BYTES) return { slice: (start, end) => this.#store.read(storageKey, start, end) };
    const bytes = await this.#store.read(storageKey, 0, size).bytes();
    // It was cut between the two.
    if (bytes.byteLength !== size) throw this.#damaged(file, bytes.byteLength);
    const copy = new Blob([bytes]);
    this.#hold(storageKey, copy);
    return copy;
  }

  /** Where anybody gets the file from the store itself for a minute; undefined: nowhere. */
  elsewhere(
    { storageKey, size, visibility }: StoredFile & Pick<FileDescriptor, 'visibility'>,
    headers: Omit<PresignOptions, 'expiresInSeconds'>,
  ): string | undefined {
    if (visibility !== 'PUBLIC' || size < this.#redirectBytes) return undefined;
    return this.#store.presign(storageKey, { ...headers, expiresInSeconds: REDIRECT_SECONDS });
  }

  #damaged({ storageKey, size }: StoredFile, stored: number | undefined): AppError {
    this.#log.error({ storageKey, size, stored }, 'stored bytes are missing or cut');
    return new AppError('INTERNAL_ERROR');
  }

  #hold(storageKey: string, blob: Blob): void {
    const before = this.#held.get(storageKey);
    if (before) this.#heldBytes -= before.size;
    this.#held.delete(storageKey);
    this.#held.set(storageKey, blob);
    this.#heldBytes += blob.size;
    for (const [key, { size }] of this.#held) {
      if (this.#heldBytes <= this.#capacity) return;
      this.#held.delete(key);
      this.#heldBytes -= size;
    }
  }
}
