import { afterAll, beforeAll, describe } from 'bun:test';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { type ExternalPostgres, findPostgres, startPostgres } from './postgres.ts';
import { dumpRedis, missingRedis, type RedisServer, startRedis } from './redis.ts';
import { missing } from './services.ts';

/** Where sessions are, seen from outside. */
export interface SessionStore {
  readonly kind: 'Redis' | 'PostgreSQL';
  /** What servers that share this store need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Number of sessions. */
  count(): Promise<number>;
  /** Everything that is kept of sessions, as one text. */
  dump(): Promise<string>;
  /** Lets all sessions end as if nobody had asked for so long. */
  expire(): Promise<void>;
  readonly sql: postgres.Sql;
}

/** Runs the tests on sessions in Redis and in PostgreSQL, each with an empty database. */
export function describeEachSessionStore(name: string, define: (store: () => SessionStore) => void): void {
  const noPostgres = missing('PostgreSQL', findPostgres());
  describe.skipIf(noPostgres || missingRedis())(`${name} (Redis)`, () => run(define, true));
  describe.skipIf(noPostgres)(`${name} (PostgreSQL)`, () => run(define, false));
}

function run(define: (store: () => SessionStore) => void, withRedis: boolean): void {
  let database: ExternalPostgres;
  let redis: RedisServer | undefined;
  let store: SessionStore;
  beforeAll(async () => {
    database = await startPostgres();
    redis = withRedis ? await startRedis() : undefined;
    const url = await database.createDatabase();
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    store = redis ? inRedis(redis, url, sql) : inPostgres(url, sql);
  });
  afterAll(async () => {
    await store.sql.end({ timeout: 1 });
    await redis?.stop();
    await database.stop();
  });
  define(() => store);
}

function inRedis(redis: RedisServer, databaseUrl: string, sql: postgres.Sql): SessionStore {
  const keys = async () =>
    (await redis.admin.keys('stockroom:session:*')).filter((key) => /:[0-9a-f]{64}$/.test(key));
  return {
    kind: 'Redis',
    env: { DATABASE_URL: databaseUrl, REDIS_URL: redis.url },
    sql,
    count: async () => (await keys()).length,
    dump: () => dumpRedis(redis.admin),
    async expire() {
      const all = await keys();
      if (all.length > 0) await redis.admin.del(...all);
    },
  };
}

function inPostgres(url: string, sql: postgres.Sql): SessionStore {
  return {
    kind: 'PostgreSQL',
    env: { DATABASE_URL: url },
    sql,
    count: async () => (await sql`select from sessions`).length,
    dump: async () => JSON.stringify(await sql`select sessions::text from sessions`),
    async expire() {
      await sql`update sessions set expires_at = now()`;
    },
  };
}

/** The commands that a Redis gets while something is done. */
export async function monitored(url: string, task: () => Promise<unknown>): Promise<string[]> {
  const connection = new Redis(url);
  const monitor = await connection.monitor();
  const commands: string[] = [];
  monitor.on('monitor', (_time: string, [name = '', ...args]: string[]) =>
    commands.push([name, ...args].join(' ')),
  );
  try {
    await task();
    // Commands come in their order: behind this one there are none of the task.
    const mark = crypto.randomUUID();
    await connection.echo(mark);
    while (!commands.some((command) => command.includes(mark))) await Bun.sleep(5);
    return commands.filter((command) => !command.includes(mark));
  } finally {
    monitor.disconnect();
    connection.disconnect();
  }
}
