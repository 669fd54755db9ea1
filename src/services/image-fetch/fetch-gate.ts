import { randomUUIDv7 } from 'bun';
import type { Database } from '../../adapters/db/open.ts';
import type { ImageFetchPurpose } from '../../adapters/db/schema.ts';
import type { RateLimiter } from '../../adapters/rate-limit/rate-limiter.ts';
import { AppError } from '../../errors.ts';
import { FETCHES_OF_USER, FetchQueue } from './fetch-queue.ts';

/** Of one call. */
export const MAX_PICTURES = 20;
/** Of an advisory lock whose second key is the user's id. */
const FETCH_LOCK = 7_305_006;
/** Between two looks whether another instance has finished a fetch of the user, ms. */
const LOOK_MS = 250;
/** After the time of a fetch has run out it counts so much longer, ms: nobody's clock starts with it. */
const GRACE_MS = 3000;
/** For decoding, keeping and the rows, ms. */
const AFTERWARDS_MS = 40_000;

interface Row {
  readonly id?: string;
}

/** A fetch that begins. */
export interface NewFetch {
  readonly purpose: ImageFetchPurpose;
  readonly userId: number;
  /** null: an avatar. */
  readonly mallId: number | null;
  /** As it is kept. */
  readonly url: string;
}

export interface FetchGateOptions {
  readonly db: Database;
  /** Pictures of a user in a minute; undefined: no limit. */
  readonly limit: RateLimiter | undefined;
  /** ms that a fetch may take with its redirects. */
  readonly timeoutMs: number;
  /** Bytes of one picture. */
  readonly maxBytes: number;
  /** ms that a fetch may wait for its turn. */
  readonly patienceMs?: number;
}

/** Keeps the fetches of users in bounds: some a minute, two at once on all instances together. */
export class FetchGate {
  readonly maxBytes: number;
  readonly #options: FetchGateOptions;
  readonly #queue: FetchQueue;

  constructor(options: FetchGateOptions) {
    this.maxBytes = options.maxBytes;
    this.#options = options;
    this.#queue = new FetchQueue(options);
  }

  /** ms after which so many pictures of one call have come or failed, but for a database that hangs. */
  longestMs(pictures: number): number {
    const { timeoutMs } = this.#options;
    const turns = Math.ceil(Math.min(Math.max(pictures, 1), MAX_PICTURES) / FETCHES_OF_USER);
    return turns * (this.#queue.patienceMs + timeoutMs + AFTERWARDS_MS);
  }

  /** Counts pictures that a user asks for: all, or none of them. @throws AppError RATE_LIMITED */
  async count(userId: number, pictures: number): Promise<void> {
    const { limit } = this.#options;
    if (!limit || pictures === 0) return;
    const retryAfter = await limit.take(String(userId), pictures);
    if (retryAfter === 0) return;
    await limit.giveBack(String(userId), pictures);
    throw new AppError('RATE_LIMITED', { retryAfter });
  }

  /**
   * Runs `work` when it is the user's turn, with the id of the fetch, whose row says RUNNING then; `work` changes that.
   * @throws AppError RATE_LIMITED, SERVICE_UNAVAILABLE; the signal's reason; what `work` throws
   */
  async run<T>(fetch: NewFetch, signal: AbortSignal, work: (id: string) => Promise<T>): Promise<T> {
    const patience = Date.now() + this.#queue.patienceMs;
    using _turn = await this.#queue.enter(fetch.userId, signal);
    for (;;) {
      const id = await this.#begin(fetch);
      if (id !== undefined) return await work(id);
      if (Date.now() > patience) throw new AppError('RATE_LIMITED', { retryAfter: 5 });
      await Bun.sleep(LOOK_MS);
      signal.throwIfAborted();
    }
  }

  /** @returns undefined while the user's fetches run on other instances. One of a killed instance counts for a while. */
  async #begin({ purpose, userId, mallId, url }: NewFetch): Promise<string | undefined> {
    const { db, timeoutMs } = this.#options;
    const id = randomUUIDv7();
    const leaseSeconds = (timeoutMs + GRACE_MS) / 1000;
    // One message of two statements: they are one transaction, and the second sees what others committed before they
    // let go of the lock. Such a message takes no parameters, so the address is written in hex.
    // What a crash of the database loses here was not promised to anybody: nothing waits for a disk.
    const [, begun] = await db.$client.unsafe<[Row[], Row[]]>(`
      select pg_advisory_xact_lock(${FETCH_LOCK}, ${userId}), set_config('synchronous_commit', 'off', true);
      insert into image_fetches (id, purpose, user_id, mall_id, url, state)
      select '${id}', '${purpose}', ${userId}, ${mallId}, convert_from(decode('${hex(url)}', 'hex'), 'UTF8'), 'RUNNING'
      where (
        select count(*) from image_fetches
        where user_id = ${userId} and state = 'RUNNING'
          and started_at > now() - interval '${leaseSeconds} seconds'
      ) < ${FETCHES_OF_USER}
      returning id`);
    return begun.length === 1 ? id : undefined;
  }
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
