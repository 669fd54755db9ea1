import { classifyFailure } from './classify-failure.ts';
import type { RetryClock } from './retry-clock.ts';

/** Materials of files that were cancelled too late. Each is removed, however often that must be tried. */
export class Removals {
  readonly #remove: (materialIds: readonly string[]) => Promise<void>;
  readonly #clock: RetryClock;
  readonly #ids = new Set<string>();
  #isRunning = false;

  constructor(remove: (materialIds: readonly string[]) => Promise<void>, clock: RetryClock) {
    this.#remove = remove;
    this.#clock = clock;
  }

  get size(): number {
    return this.#ids.size;
  }

  add(materialId: string): void {
    this.#ids.add(materialId);
  }

  clear(): void {
    this.#ids.clear();
  }

  async run(): Promise<void> {
    if (this.#isRunning || this.#ids.size === 0) return;
    this.#isRunning = true;
    const ids = [...this.#ids];
    try {
      await this.#remove(ids);
      this.#forget(ids);
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure.kind === 'connection' || failure.kind === 'busy') {
        this.#clock.failed(failure.kind, failure.retryAfterMs);
      } else if (failure.kind !== 'session') {
        this.#forget(ids);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) this.#ids.delete(id);
  }
}
