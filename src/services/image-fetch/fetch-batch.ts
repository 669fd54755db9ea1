import { randomUUIDv7 } from 'bun';
import type { ImageFetchPurpose } from '../../adapters/db/schema.ts';
import { Limiter } from '../../lib/limiter.ts';
import { FETCHES_OF_USER } from './fetch-queue.ts';

/** For so long after its row was written a fetch may begin without another statement, ms: less than a lease has to spare. */
const STANDING_MS = 1500;

/** A fetch that is to begin. */
export interface NewFetch {
  readonly purpose: ImageFetchPurpose;
  readonly userId: number;
  /** null: an avatar. */
  readonly mallId: number | null;
  /** As it is kept. */
  readonly url: string;
}

export interface PlannedFetch extends NewFetch {
  readonly id: string;
}

/** Fetches of one user by one call: the first that begins writes the rows of those that wait behind it. */
export class FetchBatch {
  /** Of its fetches: the others of the user need not wait behind all of them. */
  readonly slots = new Limiter({ concurrency: FETCHES_OF_USER });
  readonly #waiting = new Map<string, PlannedFetch>();
  /** When the rows of those that wait were written, ms of this process. */
  readonly #standing = new Map<string, number>();

  plan(fetch: NewFetch): PlannedFetch {
    const planned = { ...fetch, id: randomUUIDv7() };
    this.#waiting.set(planned.id, planned);
    return planned;
  }

  /** In the order in which they were planned. */
  get waiting(): readonly PlannedFetch[] {
    return [...this.#waiting.values()];
  }

  /** Whether its row says RUNNING, and will do so while it runs. */
  isStanding({ id }: PlannedFetch): boolean {
    const since = this.#standing.get(id);
    return since !== undefined && performance.now() - since < STANDING_MS;
  }

  stood(ids: readonly string[], since: number): void {
    for (const id of ids) this.#standing.set(id, since);
  }

  /** It does not wait any more. */
  begin({ id }: PlannedFetch): void {
    this.#waiting.delete(id);
    this.#standing.delete(id);
  }

  /** Ends the batch. @returns of those that have rows, but never began. */
  close(): string[] {
    const left = [...this.#standing.keys()];
    this.#waiting.clear();
    this.#standing.clear();
    return left;
  }
}
