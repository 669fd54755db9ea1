/** Hands values from callbacks to one `for await` loop. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #values: T[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  /** @param capacity values that may wait; one more closes the queue, as its reader is too slow. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(value: T): void {
    if (this.#isClosed) return;
    if (this.#values.length >= this.#capacity) {
      this.#values.length = 0;
      this.close();
      return;
    }
    this.#values.push(value);
    this.#wake?.();
  }

  /** What waits is still handed out; then the loop ends. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else if (this.#isClosed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
