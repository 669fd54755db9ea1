import { connectListener, type Database, type DatabaseAddress } from './adapters/db/open.ts';
import { rateLimits } from './adapters/db/schema.ts';
import { PostgresEventBus } from './adapters/events/postgres-event-bus.ts';
import { type CounterStore, sharedRateLimiter } from './adapters/rate-limit/rate-limiter.ts';
import { PostgresSessions } from './adapters/session/postgres-sessions.ts';
import { type Config, ConfigError } from './config.ts';
import type { Logger } from './lib/logger.ts';
import type { Services } from './services/context.ts';

/** Failed logins in a window before the next must wait. */
const LOGIN_WINDOW_SECONDS = 600;
const TRIES_OF_ACCOUNT = 20;
/** More people than one may sit behind an address. */
const TRIES_OF_ADDRESS = 100;
/** At the start Redis may take this long to answer, ms. */
const REDIS_START_MS = 3000;

/** What all instances share. */
type Shared = Pick<Services, 'sessions' | 'events' | 'loginLimits'>;

interface Opening {
  readonly db: Database;
  readonly address: DatabaseAddress;
  readonly log: Logger;
  readonly closers: (() => Promise<unknown>)[];
}

/**
 * Sessions, limits and messages in Redis where there is one, else in PostgreSQL.
 * @throws ConfigError when Redis does not answer.
 */
export async function openShared(config: Config, opening: Opening): Promise<Shared> {
  const { db, address, closers } = opening;
  if (config.redisUrl !== undefined) return await openInRedis(config, config.redisUrl, opening);
  const events = new PostgresEventBus({
    sql: db.$client,
    connectListener: (handlers) => connectListener(address, handlers),
  });
  closers.push(() => events.close());
  return {
    sessions: new PostgresSessions(db.$client, config.session),
    events,
    loginLimits: loginLimits({ db, table: rateLimits }),
  };
}

async function openInRedis(config: Config, url: string, { log, closers }: Opening): Promise<Shared> {
  // Most run without.
  const [{ openRedis }, { RedisSessions }, { RedisEventBus }] = await Promise.all([
    import('./adapters/redis/open.ts'),
    import('./adapters/session/redis-sessions.ts'),
    import('./adapters/events/redis-event-bus.ts'),
  ]);
  const onError = (error: Error) => log.warn({ err: error }, 'Redis cannot be reached');
  const redis = openRedis(url, { onError });
  closers.push(async () => redis.disconnect());
  await answers(redis, url);
  const events = new RedisEventBus({
    redis,
    connectListener: () => openRedis(url, { onError, subscriber: true }),
  });
  closers.push(() => events.close());
  return { sessions: new RedisSessions(redis, config.session), events, loginLimits: loginLimits({ redis }) };
}

function loginLimits(store: CounterStore): Services['loginLimits'] {
  const limit = (name: string, points: number) =>
    sharedRateLimiter(store, { name, points, seconds: LOGIN_WINDOW_SECONDS });
  return {
    account: limit('login-account', TRIES_OF_ACCOUNT),
    address: limit('login-address', TRIES_OF_ADDRESS),
    change: limit('password-change', TRIES_OF_ACCOUNT),
  };
}

/** @throws ConfigError when Redis does not answer, with its reason. */
async function answers(redis: { ping(): Promise<unknown> }, url: string): Promise<void> {
  const deadline = Date.now() + REDIS_START_MS;
  for (;;) {
    try {
      await redis.ping();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ConfigError(`REDIS_URL: the Redis at ${new URL(url).host} does not answer: ${reason}`);
      }
      await Bun.sleep(100);
    }
  }
}
