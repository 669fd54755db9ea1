import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { freePort } from '../support/ports.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { openFiles } from '../support/processes.ts';
import { missingRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { missing } from '../support/services.ts';
import { monitored } from '../support/session-stores.ts';
import { ADMIN, type StockroomServer, spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const LOGIN = {
  query: `mutation ($password: String!) { login(username: "${ADMIN.username}", password: $password) { user { id } } }`,
  variables: { password: ADMIN.password },
};
const noPostgres = missing('PostgreSQL', findPostgres());
const ME = { query: '{ me { username } }' };

/** One for commands, and one that listens for what concerns files. */
const CONNECTIONS = 2;

describe.skipIf(missingRedis())('Redis', () => {
  let redis: RedisServer;
  let server: StockroomServer;
  let client: Client;
  let fileUrl: string;
  beforeAll(async () => {
    redis = await startRedis();
    server = await startStockroom({ env: { REDIS_URL: redis.url, USER_REQUESTS_PER_MINUTE: '0' } });
    const uploader = await Client.loggedIn(server.url);
    const [material] = await uploader.upload([await fixture('tiny.gif')]);
    fileUrl = String(material?.url);
  });
  beforeEach(async () => {
    client = await until('a login', () => Client.loggedIn(server.url).catch(() => undefined));
  });
  afterAll(async () => {
    redis.thaw();
    await server[Symbol.asyncDispose]();
    await redis.stop();
  });

  const post = async (
    body: object,
    { cookie, path = '/graphql' }: { cookie?: string; path?: string } = {},
  ) => {
    const started = performance.now();
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { response, text, ms: performance.now() - started };
  };
  const expectUnavailable = ({ response, text, ms }: Awaited<ReturnType<typeof post>>) => {
    expect([response.status, text]).toEqual([503, expect.stringMatching(/SERVICE_UNAVAILABLE|"code":50000/)]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(ms).toBeLessThan(1000);
  };
  /** While sessions cannot be asked: what needs them is 503, and nothing else is. */
  const expectOnlyVisitors = async (cookie: string) => {
    for (let i = 0; i < 3; i++) expectUnavailable(await post(ME, { cookie }));
    for (const answer of await Promise.all(Array.from({ length: 50 }, () => post(ME, { cookie })))) {
      expectUnavailable(answer);
    }
    expectUnavailable(await post({}, { cookie, path: '/malls/1/upload_batch' }));
    expectUnavailable(await post(LOGIN));
    const visitor = await post({ query: '{ __typename }' });
    expect([visitor.response.status, visitor.ms < 1000]).toEqual([200, true]);
    const file = await fetch(fileUrl, { headers: { cookie } });
    expect([file.status, (await file.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  };
  const recovered = (cookie: string) =>
    until('the session to be good again', async () => {
      const { response, text } = await post(ME, { cookie });
      if (response.status === 503) return undefined;
      expect([response.status, text]).toEqual([200, '{"data":{"me":{"username":"admin"}}}']);
      return true;
    });
  const connections = async () =>
    String(await redis.admin.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('name=stockroom')).length;

  test('that hangs is 503 within a second, and sessions are good again when it goes on', async () => {
    const cookie = client.cookie ?? '';
    redis.freeze();
    try {
      await expectOnlyVisitors(cookie);
    } finally {
      redis.thaw();
    }
    await recovered(cookie);
    await until('the two connections of the server', async () =>
      (await connections()) === CONNECTIONS ? true : undefined,
    );
  });

  test('that hangs for less than the patience of a request gives each its own answer', async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => Client.loggedIn(server.url)));
    const ids = async (all: Client[]) =>
      await Promise.all(
        all.map(async ({ cookie = '' }) => {
          const { text } = await post({ query: '{ sessions { id current } }' }, { cookie });
          return /"id":"(\w+)","current":true/.exec(text)?.[1];
        }),
      );
    const right = await ids(others);
    expect(new Set(right).size).toBe(5);
    for (const pause of [300, 480, 520, 600]) {
      redis.freeze();
      const asked = ids(others);
      await Bun.sleep(pause);
      redis.thaw();
      // Each has the right answer or none, also in what comes behind a late one.
      for (const answers of [await asked, await ids(others)]) {
        for (const [i, answer] of answers.entries()) expect([right[i], undefined]).toContain(answer);
      }
      await recovered(others[0]?.cookie ?? '');
      expect(await ids(others)).toEqual(right);
    }
  });

  test('that is killed is 503, and sessions that it kept are good again when it is back', async () => {
    const cookie = client.cookie ?? '';
    await redis.restart(() => expectOnlyVisitors(cookie), { keep: true });
    await recovered(cookie);
    await until('the two connections of the server', async () =>
      (await connections()) === CONNECTIONS ? true : undefined,
    );
  });

  test('that comes back empty knows nobody, and takes new logins', async () => {
    const cookie = client.cookie ?? '';
    await redis.restart();
    const answer = await until('an answer', async () => {
      const { response, text } = await post(ME, { cookie });
      return response.status === 200 ? text : undefined;
    });
    expect(answer).toBe('{"data":{"me":null}}');
    await Client.loggedIn(server.url);
  });

  test('that cuts connections is connected to again, and none is leaked', async () => {
    const cookie = client.cookie ?? '';
    const files = openFiles(server.process.pid);
    for (let i = 0; i < 20; i++) {
      await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      const { response } = await post(ME, { cookie });
      expect([200, 503]).toContain(response.status);
      expect(response.headers.getSetCookie()).toEqual([]);
      await recovered(cookie);
    }
    await until('the two connections of the server', async () =>
      (await connections()) === CONNECTIONS ? true : undefined,
    );
    expect(openFiles(server.process.pid)).toBeLessThanOrEqual(files + 5);
  });

  test('that is full or read-only refuses logins with 503 and knows those it has', async () => {
    const cookie = client.cookie ?? '';
    await redis.admin.config('SET', 'maxmemory', '1');
    expectUnavailable(await post(LOGIN));
    await recovered(cookie);
    await redis.admin.config('SET', 'maxmemory', '0');

    await redis.admin.call('REPLICAOF', '127.0.0.1', String(await freePort()));
    expectUnavailable(await post(LOGIN));
    expectUnavailable(await post(ME, { cookie }));
    await redis.admin.call('REPLICAOF', 'NO', 'ONE');
    await recovered(cookie);
  });

  test('that fails when everything but the session is done answers whole, and without a cookie', async () => {
    await redis.admin.call('ACL', 'SETUSER', 'default', '-zadd');
    try {
      const cookie = client.cookie ?? '';
      expectUnavailable(await post(LOGIN, { cookie }));
      // The session that it would have replaced is still good.
      await recovered(cookie);
      const legacy = await post({ ...ADMIN }, { path: '/login' });
      expect(legacy.response.headers.getSetCookie()).toEqual([]);
      expect(legacy.text).not.toContain('"code":0');
    } finally {
      await redis.admin.call('ACL', 'SETUSER', 'default', '+zadd');
    }
  });

  test('is asked nothing for files', async () => {
    const cookie = client.cookie ?? '';
    const commands = await monitored(redis.url, async () => {
      for (let i = 0; i < 10; i++) await (await fetch(fileUrl, { headers: { cookie } })).arrayBuffer();
    });
    expect(commands).toEqual([]);
    const asked = await monitored(redis.url, () => post(ME, { cookie }));
    expect(asked).toEqual([expect.stringMatching(/^getex stockroom:session:[0-9a-f]{64} EX 3600$/i)]);
  });

  test('is not written to by 1,000 visitors', async () => {
    const before = await redis.admin.dbsize();
    const commands = await monitored(redis.url, () =>
      Promise.all(Array.from({ length: 1000 }, () => post({ query: '{ me { id } }' }))),
    );
    // By which the server looks now and then whether Redis is there.
    expect(commands.filter((command) => command !== 'ping')).toEqual([]);
    expect(await redis.admin.dbsize()).toBe(before);
  });
});

describe.skipIf(missingRedis() || noPostgres)('sessions in Redis', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(() => database.stop());

  test('have the prefix and the life that are configured', async () => {
    await using redis = await startRedis();
    await using server = await startStockroom({
      env: {
        DATABASE_URL: await database.createDatabase(),
        REDIS_URL: redis.url,
        SESSION_PREFIX: 'shop:',
        SESSION_TTL_SECONDS: '60',
        SESSION_MAX_SECONDS: '120',
      },
    });
    const { cookie = '' } = await Client.loggedIn(server.url);
    const keys = await redis.admin.keys('*');
    expect(keys.every((key) => key.startsWith('shop:'))).toBe(true);
    const hash = new Bun.CryptoHasher('sha256').update(cookie.split('=')[1] ?? '').digest('hex');
    expect(await redis.admin.ttl(`shop:${hash}`)).toBeWithin(55, 61);
    expect(await redis.admin.ttl('shop:user:1')).toBeWithin(110, 121);
    // What nobody asks for any more leaves nothing behind.
    for (const key of keys) expect(await redis.admin.ttl(key)).toBeGreaterThan(0);
  });

  test('are known while PostgreSQL is away, and all is well when it is back', async () => {
    await using redis = await startRedis();
    const url = await database.createDatabase();
    await using server = await startStockroom({ env: { DATABASE_URL: url, REDIS_URL: redis.url } });
    const client = await Client.loggedIn(server.url);
    await database.restart(async () => {
      expect(await client.graphql('{ me { username } }')).toEqual({ data: { me: { username: 'admin' } } });
      const lists = await client.graphql('{ malls { id } }');
      expect(lists.errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
    });
    await until(
      'the database to be back',
      async () => (await client.graphql('{ malls { id } }')).data ?? undefined,
    );
  });
});

describe.skipIf(missingRedis() || noPostgres)('a start', () => {
  let database: ExternalPostgres;
  let DATABASE_URL: string;
  beforeAll(async () => {
    database = await startPostgres();
    DATABASE_URL = await database.createDatabase();
  });
  afterAll(() => database.stop());

  /** Runs a start that must fail. @returns all that it prints, and its one line. */
  const failure = async (redisUrl: string) => {
    await using directory = await temporaryDirectory();
    const child = spawnStockroom({ DATA_DIR: directory.path, DATABASE_URL, REDIS_URL: redisUrl });
    const [output, errors, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    expect([code, errors.trimEnd().split('\n').length]).toEqual([1, 1]);
    return { all: output + errors, line: errors.trimEnd() };
  };

  test('without Redis ends with a line that says so', async () => {
    const { line, all } = await failure(`redis://user:top-secret@127.0.0.1:${await freePort()}/0`);
    expect(line).toMatch(
      /^stockroom: REDIS_URL: the Redis at 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/,
    );
    expect(all).not.toContain('top-secret');
  });

  test('with a wrong password ends with a line that does not tell it', async () => {
    await using redis = await startRedis(['--requirepass', 'right']);
    const wrong = await failure(redis.url.replace(':right', ':top-secret'));
    expect(wrong.line).toMatch(/REDIS_URL: .*WRONGPASS/);
    expect(wrong.all).not.toContain('top-secret');
    expect((await failure(redis.url.replace(':right@', ''))).line).toMatch(/REDIS_URL: .*NOAUTH/);
    await using server = await startStockroom({ env: { DATABASE_URL, REDIS_URL: redis.url } });
    await Client.loggedIn(server.url);
    await redis.admin.config('SET', 'requirepass', 'changed');
    await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('the log line', () => server.output().includes('Redis cannot be reached') || undefined);
    expect(server.output()).not.toContain('"right"');
  });

  test('with a Redis that hangs ends in time', async () => {
    await using redis = await startRedis();
    redis.freeze();
    expect((await failure(redis.url)).line).toContain('REDIS_URL: ');
    redis.thaw();
  });

  test('with a Redis older than 6.2 ends with a line that says so', async () => {
    await using redis = await startRedis(['--rename-command', 'GETEX', '']);
    expect((await failure(redis.url)).line).toContain('Redis 6.2');
  });

  test('with a Redis that may drop keys warns of it', async () => {
    await using redis = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    await using server = await startStockroom({ env: { DATABASE_URL, REDIS_URL: redis.url } });
    await until('the warning', () => server.output().includes('noeviction') || undefined);
  });
});
