import { AppError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';

/** Made at once: more would only take the database's time from each other. */
const MADE_AT_ONCE = 2;
const WAITING = 8;
/** Made, waiting or being fetched: each may hold as much disk as its report is large. */
const OPEN = 32;
const OPEN_OF_USER = 6;
/** Seconds. */
const RETRY_AFTER = 5;

/** A report's place from its start until its reader has all of it, or has left. */
export interface ExportPlace {
  /** Runs as soon as one of the few that are made at once is done, unless the signal ends it before. */
  run(task: () => Promise<void>, signal: AbortSignal): Promise<void>;
  leave(): void;
}

/** Bounds the reports that this instance makes while somebody waits for them. */
export class ExportPlaces {
  readonly #making = new Limiter({ concurrency: MADE_AT_ONCE, queue: WAITING });
  readonly #open = new Map<number, number>();

  /** @throws AppError SERVICE_UNAVAILABLE when there are too many, of all or of this user. */
  enter(userId: number): ExportPlace {
    const own = this.#open.get(userId) ?? 0;
    let all = 0;
    for (const count of this.#open.values()) all += count;
    if (own >= OPEN_OF_USER || all >= OPEN || this.#making.isFull) {
      throw new AppError('SERVICE_UNAVAILABLE', {
        retryAfter: RETRY_AFTER,
        detail: { en: 'Too many reports are being made.', zh: '正在生成的报表过多' },
      });
    }
    this.#open.set(userId, own + 1);
    let hasLeft = false;
    return {
      run: (task, signal) => this.#run(task, signal),
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        const left = (this.#open.get(userId) ?? 1) - 1;
        if (left > 0) this.#open.set(userId, left);
        else this.#open.delete(userId);
      },
    };
  }

  async #run(task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal.reason);
    signal.addEventListener('abort', leave);
    const turn = this.#making.run(async () => {
      signal.removeEventListener('abort', leave);
      if (!signal.aborted) await task();
    });
    await Promise.race([turn, left.promise]);
  }
}
