import { Redis } from 'ioredis';

/** ms. A Redis that hangs must not hold requests. */
const COMMAND_TIMEOUT = 500;
const LONGEST_BACKOFF = 500;

interface RedisOptions {
  /** Told of each lost or refused connection. */
  readonly onError: (error: Error) => void;
  /** Of a connection that only subscribes: it may be silent for ever. */
  readonly subscriber?: boolean;
}

/** A connection that fails at once while Redis is away, and comes back by itself. */
export function openRedis(url: string, { onError, subscriber = false }: RedisOptions): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 1000,
    ...(subscriber ? { autoResubscribe: false } : { commandTimeout: COMMAND_TIMEOUT }),
    keepAlive: 10_000,
    noDelay: true,
    retryStrategy: (attempt) => Math.min(20 * 2 ** attempt, LONGEST_BACKOFF),
  });
  redis.on('error', onError);
  return redis;
}
