const INTERVAL_MS = 100;

/** Tells listeners that something has changed, at most ten times a second. */
export class ChangeSignal {
  readonly #listeners = new Set<() => void>();
  readonly #before: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param before called each time, first. */
  constructor(before: () => void) {
    this.#before = before;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly changed = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#before();
      for (const listener of this.#listeners) listener();
    }, INTERVAL_MS);
  };
}
