import { connectListener, type Database, type DatabaseAddress } from './adapters/db/open.ts';
import { rateLimits } from './adapters/db/schema.ts';
import { PostgresEventBus } from './adapters/events/postgres-event-bus.ts';
import {
  type CounterStore,
  type RateLimiter,
  sharedRateLimiter,
} from './adapters/rate-limit/rate-limiter.ts';
import { PostgresSessions } from './adapters/session/postgres-sessions.ts';
import { type Config, ConfigError } from './config.ts';
import type { Logger } from './lib/logger.ts';
import type { Services } from './services/context.ts';
import type { Dependency } from './services/health/readiness.ts';

/** Failed logins in a window before the next must wait. */
const LOGIN_WINDOW_SECONDS = 600;
const TRIES_OF_ACCOUNT = 20;
/** More people than one may sit behind an address. */
const TRIES_OF_ADDRESS = 100;
const FETCH_WINDOW_SECONDS = 60;
/** At the start Redis may take this long to answer, ms. */
const REDIS_START_MS = 3000;

/** What all instances share. */
type Shared = Pick<Services, 'sessions' | 'events' | 'loginLimits'> & {
  /** What that takes besides the database. */
  readonly dependencies: readonly Dependency[];
  /** Pictures from elsewhere of one user in a minute. */
  readonly fetchLimit: RateLimiter | undefined;
};

interface Opening {
  readonly db: Database;
  readonly address: DatabaseAddress;
  readonly log: Logger;
  readonly closers: (() => Promise<unknown>)[];
}

/**
 * Sessions, limits and messages in Redis where there is one, else in PostgreSQL.
 * @throws ConfigError when Redis does not answer, with its reason.
 */
export async function openShared(config: Config, opening: Opening): Promise<Shared> {
  const { db, address, log, closers } = opening;
  if (config.redisUrl !== undefined) return await openInRedis(config, config.redisUrl, opening);
  const events = new PostgresEventBus({
    sql: db.$client,
    connectListener: (handlers) => connectListener(address, handlers),
    onError: handlerFailed(log),
  });
  closers.push(() => events.close());
  return {
    sessions: new PostgresSessions(db.$client, config.session),
    events,
    loginLimits: loginLimits({ db, table: rateLimits }),
    dependencies: [],
    fetchLimit: fetchLimit({ db, table: rateLimits }, config),
  };
}

async function openInRedis(config: Config, url: string, { log, closers }: Opening): Promise<Shared> {
  // Most run without.
  const [{ evictionPolicy, firstAnswer, openRedis }, { RedisSessions }, { RedisEventBus }] =
    await Promise.all([
      import('./adapters/redis/open.ts'),
      import('./adapters/session/redis-sessions.ts'),
      import('./adapters/events/redis-event-bus.ts'),
    ]);
  const { prefix } = config.session;
  let hasStarted = false;
  const handlers = {
    onLost: (error: Error) => {
      // A start that fails tells it in its one line.
      if (hasStarted) log.warn({ err: error }, 'Redis cannot be reached');
    },
    onBack: () => log.info({}, 'Redis is back'),
  };
  const redis = openRedis(url, handlers);
  closers.push(async () => redis.disconnect());
  try {
    await firstAnswer(redis, `${prefix}start`, REDIS_START_MS);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`REDIS_URL: the Redis at ${new URL(url).host} cannot be used: ${reason}`);
  }
  hasStarted = true;
  const policy = await evictionPolicy(redis);
  if (policy !== undefined && policy !== 'noeviction') {
    log.warn(
      { policy },
      'Redis may drop sessions when its memory is full: set maxmemory-policy to noeviction',
    );
  }
  const events = new RedisEventBus({
    redis,
    channel: `${prefix}events`,
    connectListener: () => openRedis(url, handlers),
    onError: handlerFailed(log),
  });
  closers.push(() => events.close());
  const sessions = new RedisSessions(redis, config.session);
  const dependencies = [{ name: 'redis', check: () => redis.ping() }];
  const store = { redis, prefix };
  const limits = { loginLimits: loginLimits(store), fetchLimit: fetchLimit(store, config) };
  return { sessions, events, ...limits, dependencies };
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

function fetchLimit(store: CounterStore, { remote }: Config): RateLimiter | undefined {
  const points = remote.fetchesPerMinute;
  if (points === 0) return undefined;
  return sharedRateLimiter(store, { name: 'remote-fetch', points, seconds: FETCH_WINDOW_SECONDS });
}

function handlerFailed(log: Logger): (error: unknown) => void {
  return (error) => log.error({ err: error }, 'a message from another instance could not be handled');
}
