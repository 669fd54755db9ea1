/** Lets a bounded number of tasks run at once; the others wait in order. */
export class Limiter {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: { readonly concurrency: number; readonly queue?: number }) {
    this.#concurrency = limits.concurrency;
    this.#queue = limits.queue ?? Number.POSITIVE_INFINITY;
  }

  readonly #concurrency: number;
  readonly #queue: number;

  /** True when another task would neither run nor find a place in the queue. */
  get isFull(): boolean {
    return this.#running >= this.#concurrency && this.#waiting.length >= this.#queue;
  }

  /** Tasks that run now. */
  get running(): number {
    return this.#running;
  }

  /** Tasks that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place goes to the one that waits longest without becoming free in between.
      if (next) next();
      else this.#running--;
    }
  }
}
