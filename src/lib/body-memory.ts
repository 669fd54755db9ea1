/** Bytes read from them between two collections. */
const COLLECT_BYTES = 12 * 1024 * 1024;

/**
 * Keeps the memory of many bodies at once in bounds. The chunks that Bun hands out, of up to 1.5 MB, lie outside of the
 * JavaScript heap, so the collector does not see how much of them is garbage: measured with 64 bodies, that was most of
 * the growth. A collection takes some milliseconds.
 */
export class BodyMemory {
  readonly #many: number;
  #bodies = 0;
  #bytes = 0;

  /** @param many bodies read at once from which on their garbage matters. */
  constructor(many: number) {
    this.#many = many;
  }

  begin(): void {
    this.#bodies++;
  }

  end(): void {
    this.#bodies--;
  }

  read(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < COLLECT_BYTES) return;
    this.#bytes = 0;
    if (this.#bodies >= this.#many) Bun.gc(true);
  }
}
