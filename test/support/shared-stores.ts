import { afterAll, beforeAll, describe } from 'bun:test';
import type { Redis } from 'ioredis';
import { migrateDatabase } from '../../src/adapters/db/migrate.ts';
import { connectListener, type Database, openDatabase } from '../../src/adapters/db/open.ts';
import { rateLimits } from '../../src/adapters/db/schema.ts';
import type { EventBus } from '../../src/adapters/events/event-bus.ts';
import { PostgresEventBus } from '../../src/adapters/events/postgres-event-bus.ts';
import { RedisEventBus } from '../../src/adapters/events/redis-event-bus.ts';
import type { CounterStore } from '../../src/adapters/rate-limit/rate-limiter.ts';
import { openRedis } from '../../src/adapters/redis/open.ts';
import { PostgresSessions } from '../../src/adapters/session/postgres-sessions.ts';
import { RedisSessions } from '../../src/adapters/session/redis-sessions.ts';
import type { SessionBackend, SessionLifetime } from '../../src/adapters/session/session-backend.ts';
import { createFirstAdmin } from '../../src/services/account/create-first-admin.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from './postgres.ts';
import { missingRedis, type RedisServer, startRedis } from './redis.ts';
import { missing } from './services.ts';
import { ADMIN } from './stockroom.ts';
import { until } from './temporary.ts';

/** What one instance opens of what all share. */
export interface Instance {
  readonly db: Database;
  readonly counters: CounterStore;
  sessions(lifetime: SessionLifetime): SessionBackend;
  /** @param errors gathers what handlers threw. */
  events(errors?: unknown[]): EventBus;
}

export interface SharedStores {
  readonly kind: 'Redis' | 'PostgreSQL';
  /** Opens as another instance would; closed after the tests. */
  open(): Promise<Instance>;
  /** Cuts the connections of all listeners. */
  cutListeners(): Promise<void>;
  /** Leaves connections as they are and answers nobody while `meanwhile` runs. */
  freeze(meanwhile: () => Promise<void>): Promise<void>;
  readonly redis: RedisServer | undefined;
}

/** Runs the tests on what instances share in Redis and in PostgreSQL. The database has its first administrator. */
export function describeEachSharedStore(name: string, define: (stores: () => SharedStores) => void): void {
  const noPostgres = missing('PostgreSQL', findPostgres());
  describe.skipIf(noPostgres || missingRedis())(`${name} (Redis)`, () => run(define, true));
  describe.skipIf(noPostgres)(`${name} (PostgreSQL)`, () => run(define, false));
}

const PREFIX = 'stockroom:session:';

function run(define: (stores: () => SharedStores) => void, withRedis: boolean): void {
  const closers: (() => Promise<unknown>)[] = [];
  let stores: SharedStores;
  beforeAll(async () => {
    const database = await startPostgres();
    closers.push(() => database.stop());
    const redis = withRedis ? await startRedis() : undefined;
    if (redis) closers.push(() => redis.stop());
    const url = await database.createDatabase();
    await migrateDatabase(url, async (db) => {
      await createFirstAdmin(db, ADMIN);
    });
    stores = {
      kind: withRedis ? 'Redis' : 'PostgreSQL',
      redis,
      open: () => open(url, redis?.url, closers),
      cutListeners: () => (redis ? cutInRedis(redis) : cutInPostgres(url)),
      freeze: (meanwhile) => freeze(redis, database, meanwhile),
    };
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  define(() => stores);
}

async function open(
  databaseUrl: string,
  redisUrl: string | undefined,
  closers: (() => Promise<unknown>)[],
): Promise<Instance> {
  const db = openDatabase(databaseUrl, 5);
  closers.push(() => db.$client.end({ timeout: 1 }));
  const redis = redisUrl === undefined ? undefined : await connected(redisUrl, closers);
  return {
    db,
    counters: redis ? { redis, prefix: PREFIX } : { db, table: rateLimits },
    sessions: (lifetime) =>
      redis
        ? new RedisSessions(redis, { ...lifetime, prefix: PREFIX })
        : new PostgresSessions(db.$client, lifetime),
    events(errors = []) {
      const onError = (error: unknown) => errors.push(error);
      const bus = redis
        ? new RedisEventBus({
            redis,
            channel: `${PREFIX}events`,
            connectListener: () => openRedis(redisUrl ?? '', SILENT),
            onError,
          })
        : new PostgresEventBus({
            sql: db.$client,
            connectListener: (handlers) => connectListener(databaseUrl, handlers),
            onError,
          });
      closers.push(() => bus.close());
      return bus;
    },
  };
}

const SILENT = { onLost: () => {}, onBack: () => {} };

async function connected(url: string, closers: (() => Promise<unknown>)[]): Promise<Redis> {
  const redis = openRedis(url, SILENT);
  closers.push(async () => redis.disconnect());
  await until('Redis', async () => await redis.ping().catch(() => undefined));
  return redis;
}

async function cutInRedis({ admin }: RedisServer): Promise<void> {
  await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}

async function cutInPostgres(url: string): Promise<void> {
  const { $client: sql } = openDatabase(url, 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' or query = 'select'`;
  await sql.end();
}

async function freeze(
  redis: RedisServer | undefined,
  database: ExternalPostgres,
  meanwhile: () => Promise<void>,
): Promise<void> {
  if (redis) redis.freeze();
  else database.freeze();
  try {
    await meanwhile();
  } finally {
    if (redis) redis.thaw();
    else database.thaw();
  }
}
