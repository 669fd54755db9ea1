import type { Redis } from 'ioredis';
import RateLimiterDrizzle from 'rate-limiter-flexible/lib/RateLimiterDrizzle.js';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';

/** So many points for each key and window. */
export interface RateLimiter {
  /** Takes one point or more. @returns 0, or the seconds to wait because there were not as many left. */
  take(key: string, points?: number): Promise<number>;
  giveBack(key: string, points?: number): Promise<void>;
}

interface RateLimit {
  readonly name: string;
  readonly points: number;
  /** Length of a window. */
  readonly seconds: number;
}

/**
 * Where counters are kept that all instances share: Redis, in keys that begin with `prefix`, or a drizzle table with
 * `key`, `points` and `expire`.
 */
export type CounterStore =
  | { readonly redis: Redis; readonly prefix: string }
  | { readonly db: unknown; readonly table: unknown };

/** Counts for all instances together. */
export function sharedRateLimiter(store: CounterStore, { name, points, seconds }: RateLimit): RateLimiter {
  const options = { keyPrefix: `limit:${name}`, points, duration: seconds };
  return wrap(
    'redis' in store
      ? new RateLimiterRedis({
          ...options,
          keyPrefix: `${store.prefix}${options.keyPrefix}`,
          storeClient: store.redis,
        })
      : new RateLimiterDrizzle({
          ...options,
          storeClient: store.db,
          schema: store.table,
          clearExpiredByTimeout: false,
        }),
  );
}

/** Counts for this instance. */
export function localRateLimiter({ name, points, seconds }: RateLimit): RateLimiter {
  return wrap(new RateLimiterMemory({ keyPrefix: name, points, duration: seconds }));
}

function wrap(limiter: RateLimiterDrizzle | RateLimiterMemory | RateLimiterRedis): RateLimiter {
  return {
    async take(key, points = 1) {
      try {
        await limiter.consume(key, points);
        return 0;
      } catch (error) {
        // The library throws its answer where no point is left, and an Error where the store failed.
        if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1000));
        throw error;
      }
    },
    async giveBack(key, points = 1) {
      await limiter.reward(key, points);
    },
  };
}
