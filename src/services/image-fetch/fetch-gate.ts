import { inArray } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { imageFetches } from '../../adapters/db/schema.ts';
import type { RateLimiter } from '../../adapters/rate-limit/rate-limiter.ts';
import { AppError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FetchBatch, PlannedFetch } from './fetch-batch.ts';
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
  readonly id: string;
}

export interface FetchGateOptions {
  readonly db: Database;
  readonly log: Logger;
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
  /** Users of the fetches that run here. */
  readonly #running = new Map<string, number>();
  /** Users of fetches whose rows say RUNNING though nothing runs: they are over and not committed, or yet to begin. */
  readonly #still = new Map<string, number>();
  /** Of each user's statements that write rows: what one counts must not change before it is done. */
  readonly #turns = new Map<number, Limiter>();

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
   * Runs `work` when it is the user's turn; the row of the fetch says RUNNING then. Who changes that later than in `work`
   * says so by `arrived`, and when it is done by `settled`.
   * @throws AppError RATE_LIMITED, SERVICE_UNAVAILABLE; the signal's reason; what `work` throws
   */
  async run<T>(
    fetch: PlannedFetch,
    batch: FetchBatch,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    return await batch.slots.run(async () => {
      const patience = Date.now() + this.#queue.patienceMs;
      using _turn = await this.#queue.enter(fetch.userId, signal);
      while (!(await this.#begin(fetch, batch))) {
        if (Date.now() > patience) throw new AppError('RATE_LIMITED', { retryAfter: 5 });
        await Bun.sleep(LOOK_MS);
        signal.throwIfAborted();
      }
      try {
        return await work();
      } finally {
        this.#running.delete(fetch.id);
      }
    });
  }

  /** It does not count any more, on this instance: the user's next may begin. */
  arrived({ id, userId }: PlannedFetch): void {
    this.#still.set(id, userId);
  }

  /** Their rows do not say RUNNING any more. */
  settled(ids: readonly string[]): void {
    for (const id of ids) this.#still.delete(id);
  }

  /** Of the rows of a batch those go that were written for fetches which never began. If that fails, time ends them. */
  async close(batch: FetchBatch): Promise<void> {
    const waiting = batch.waiting.map(({ id }) => id);
    const left = batch.close();
    const { db, log } = this.#options;
    try {
      if (left.length > 0) await db.delete(imageFetches).where(inArray(imageFetches.id, left));
    } catch (error) {
      log.warn({ err: error }, 'the rows of fetches that never began are left');
    }
    this.settled(waiting);
  }

  /** @returns false while the user's fetches run on other instances. One of a killed instance counts for a while. */
  async #begin(fetch: PlannedFetch, batch: FetchBatch): Promise<boolean> {
    return await this.#inTurn(fetch.userId, async () => {
      if (!batch.isStanding(fetch)) {
        const others = batch.waiting.filter(({ id }) => id !== fetch.id);
        for (const { id, userId } of others) this.#still.set(id, userId);
        const since = performance.now();
        const ids = await this.#write([fetch, ...others]);
        if (!ids.includes(fetch.id)) return false;
        batch.stood(ids, since);
      }
      batch.begin(fetch);
      this.#still.delete(fetch.id);
      this.#running.set(fetch.id, fetch.userId);
      return true;
    });
  }

  async #inTurn<T>(userId: number, work: () => Promise<T>): Promise<T> {
    const turns = this.#turns.get(userId) ?? new Limiter({ concurrency: 1 });
    this.#turns.set(userId, turns);
    try {
      return await turns.run(work);
    } finally {
      if (turns.running === 0) this.#turns.delete(userId);
    }
  }

  /**
   * Writes the rows of all where nothing of the user runs on other instances, else that of the first if there are less
   * than two, else none. A row that is there begins anew.
   * @returns of those that were written.
   */
  async #write(fetches: readonly PlannedFetch[]): Promise<string[]> {
    const { db, timeoutMs } = this.#options;
    const [{ userId, mallId, purpose } = failed()] = fetches;
    const leaseSeconds = (timeoutMs + GRACE_MS) / 1000;
    const ofUser = (users: ReadonlyMap<string, number>) =>
      [...users].flatMap(([id, user]) => (user === userId ? [id] : []));
    const running = ofUser(this.#running);
    const here = [...running, ...ofUser(this.#still)];
    const rows = JSON.stringify(fetches.map(({ id, url }, place) => ({ place, id, url })));
    // One message of two statements: they are one transaction, and the second sees what others committed before they
    // let go of the lock. Such a message takes no parameters, so the rows are written in hex.
    // What a crash of the database loses here was not promised to anybody: nothing waits for a disk.
    const [, begun] = await db.$client.unsafe<[unknown[], Row[]]>(`
      select pg_advisory_xact_lock(${FETCH_LOCK}, ${userId}), set_config('synchronous_commit', 'off', true);
      insert into image_fetches (id, purpose, user_id, mall_id, url, state)
      select id, '${purpose}', ${userId}, ${mallId}, url, 'RUNNING'
      from json_to_recordset(convert_from(decode('${hex(rows)}', 'hex'), 'UTF8')::json) as fetches (place integer, id uuid, url text), (
        select count(*) from image_fetches
        where user_id = ${userId} and state = 'RUNNING'
          and started_at > now() - interval '${leaseSeconds} seconds'
          and id <> all ('{${here.join()}}'::uuid[])
      ) as elsewhere (fetches)
      where elsewhere.fetches = 0 or (place = 0 and elsewhere.fetches + ${running.length} < ${FETCHES_OF_USER})
      on conflict (id) do update set started_at = excluded.started_at
      returning id`);
    return begun.map(({ id }) => id);
  }
}

function failed(): never {
  throw new Error('no fetch begins');
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
