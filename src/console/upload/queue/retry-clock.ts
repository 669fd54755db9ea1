import { pauseBefore } from './backoff.ts';

/** Why it is being tried again: the server is not reached, or it has no room or time. */
export type Trouble = 'connection' | 'busy';

/** Says when requests may be sent after one has failed. */
export class RetryClock {
  readonly #onDue: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Failures, one after the other. */
  #failures = 0;
  #trouble: Trouble | undefined;
  #retryAt = 0;

  /** @param onDue called when a pause is over. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** As `Date.now()`. */
  get retryAt(): number {
    return this.#retryAt;
  }

  get isDue(): boolean {
    return this.#retryAt <= Date.now();
  }

  failed(trouble: Trouble, retryAfterMs = 0): void {
    // Requests that end together have one cause.
    if (this.isDue || this.#failures === 0) this.#failures++;
    this.#trouble = trouble;
    const pause = pauseBefore(this.#failures, retryAfterMs);
    this.#retryAt = Math.max(this.#retryAt, Date.now() + pause);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.wake, this.#retryAt - Date.now());
  }

  succeeded(): void {
    this.#failures = 0;
    this.#trouble = undefined;
  }

  /** Ends a pause. */
  readonly wake = (): void => {
    clearTimeout(this.#timer);
    this.#retryAt = 0;
    this.#onDue();
  };
}
