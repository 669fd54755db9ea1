import { AppError } from '../../errors.ts';

/** Of one user. */
export const FETCHES_OF_USER = 2;
/** Of all users together. */
const FETCHES = 16;
const WAITING_OF_USER = 40;
const WAITING = 200;
const PATIENCE_MS = 20_000;
const RETRY_AFTER_SECONDS = 5;

interface Waiter {
  readonly userId: number;
  readonly admit: () => void;
}

interface FetchQueueOptions {
  /** ms that a fetch may wait for its turn; 20,000 by default. */
  readonly patienceMs?: number;
}

/** The fetches of this instance: two of a user and sixteen in all run, the others wait for a bounded time. */
export class FetchQueue {
  readonly patienceMs: number;
  readonly #running = new Map<number, number>();
  readonly #waiting: Waiter[] = [];
  #total = 0;

  constructor({ patienceMs = PATIENCE_MS }: FetchQueueOptions = {}) {
    this.patienceMs = patienceMs;
  }

  /**
   * Waits for the turn of a user; disposing the result ends it.
   * @throws AppError RATE_LIMITED when the user's own fetches take too long or too many of them wait,
   * SERVICE_UNAVAILABLE when others' do; the signal's reason when it aborts.
   */
  async enter(userId: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (!this.#hasRoom(userId)) await this.#turn(userId, signal);
    else this.#count(userId, 1);
    return { [Symbol.dispose]: () => this.#leave(userId) };
  }

  async #turn(userId: number, signal: AbortSignal): Promise<void> {
    const own = this.#waiting.filter((waiter) => waiter.userId === userId).length;
    if (own >= WAITING_OF_USER || this.#waiting.length >= WAITING) throw this.#refusal(userId);
    const turn = Promise.withResolvers<void>();
    const waiter: Waiter = { userId, admit: turn.resolve };
    this.#waiting.push(waiter);
    const giveUp = (reason: unknown) => {
      const place = this.#waiting.indexOf(waiter);
      // Its turn may have come in this very moment.
      if (place === -1) return;
      this.#waiting.splice(place, 1);
      turn.reject(reason);
    };
    const late = setTimeout(() => giveUp(this.#refusal(userId)), this.patienceMs);
    const left = () => giveUp(signal.reason);
    signal.addEventListener('abort', left);
    try {
      await turn.promise;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', left);
    }
  }

  #leave(userId: number): void {
    this.#count(userId, -1);
    const place = this.#waiting.findIndex((waiter) => this.#hasRoom(waiter.userId));
    const [next] = place === -1 ? [] : this.#waiting.splice(place, 1);
    if (!next) return;
    this.#count(next.userId, 1);
    next.admit();
  }

  #hasRoom(userId: number): boolean {
    return this.#total < FETCHES && this.#runningOf(userId) < FETCHES_OF_USER;
  }

  #runningOf(userId: number): number {
    return this.#running.get(userId) ?? 0;
  }

  #count(userId: number, change: 1 | -1): void {
    const running = this.#runningOf(userId) + change;
    if (running === 0) this.#running.delete(userId);
    else this.#running.set(userId, running);
    this.#total += change;
  }

  #refusal(userId: number): AppError {
    const isOwnFault = this.#runningOf(userId) >= FETCHES_OF_USER;
    return new AppError(isOwnFault ? 'RATE_LIMITED' : 'SERVICE_UNAVAILABLE', {
      retryAfter: RETRY_AFTER_SECONDS,
    });
  }
}
