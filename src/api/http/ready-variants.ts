import type { FileDescriptor } from '../../services/material/open-file.ts';
import type { OpenedVariant } from '../../services/material/variant/open-variant.ts';
import type { FileHead } from './file-headers.ts';

/** A variant of a public file, with all that an answer needs. */
export interface ReadyVariant {
  /** As it was remembered when the variant was opened; another one may be another picture. */
  readonly file: FileDescriptor;
  readonly head: FileHead;
  readonly size: number;
  readonly mimeType: string;
  readonly bytes: Blob;
}

/** Larger ones come from the disk. */
const MAX_BYTES = 256 * 1024;
const CAPACITY = 32 * 1024 * 1024;

/** Small variants that were asked for lately, in memory, by their address and what the client accepts. */
export class ReadyVariants {
  /** In the order of their last use. */
  readonly #held = new Map<string, ReadyVariant>();
  #heldBytes = 0;

  /** @param file as it is remembered now. */
  get(request: Request, file: FileDescriptor): ReadyVariant | undefined {
    const key = keyOf(request);
    const ready = this.#held.get(key);
    if (!ready) return undefined;
    this.#remove(key, ready);
    if (ready.file !== file) return undefined;
    this.#add(key, ready);
    return ready;
  }

  /** Reads a small variant into memory, unless its file is not public. */
  async put(request: Request, file: FileDescriptor, variant: OpenedVariant, head: FileHead): Promise<void> {
    const { size, mimeType } = variant;
    if (file.visibility !== 'PUBLIC' || size > MAX_BYTES) return;
    const key = keyOf(request);
    const before = this.#held.get(key);
    if (before) this.#remove(key, before);
    const bytes = new Blob([await variant.content.bytes()]);
    this.#add(key, { file, head, size, mimeType, bytes });
    for (const [oldest, ready] of this.#held) {
      if (this.#heldBytes <= CAPACITY) return;
      this.#remove(oldest, ready);
    }
  }

  #add(key: string, ready: ReadyVariant): void {
    this.#held.set(key, ready);
    this.#heldBytes += ready.size;
  }

  #remove(key: string, ready: ReadyVariant): void {
    if (this.#held.delete(key)) this.#heldBytes -= ready.size;
  }
}

function keyOf(request: Request): string {
  return `${request.headers.get('accept')} ${request.url}`;
}
