/** Runs out once, unless it is started again. */
export class Timer {
  readonly #onEnd: (ms: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onEnd gets how long it ran, ms. */
  constructor(onEnd: (ms: number) => void) {
    this.#onEnd = onEnd;
  }

  start(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onEnd, ms, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
