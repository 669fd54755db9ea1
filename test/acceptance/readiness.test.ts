import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { createBucket, findCeph } from '../support/ceph.ts';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { scrape } from '../support/metrics.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { freePort } from '../support/ports.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missingRedis, startRedis } from '../support/redis.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/temporary.ts';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly status: string;
    readonly dependencies: Record<string, { readonly state: string; readonly ms: number }>;
  };
  readonly text: string;
  readonly ms: number;
}

async function ready(url: string): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(`${url}/readyz`);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text), ms: performance.now() - started };
}

function down({ body }: Answer): string[] {
  return Object.entries(body.dependencies).flatMap(([name, { state }]) => (state === 'up' ? [] : [name]));
}

/** Waits until `names` are down, and no other; each answer is there in time. What was found holds for a second. */
async function untilDown(url: string, names: readonly string[]): Promise<Answer> {
  return await until(`${names.join()} to be down`, async () => {
    const answer = await ready(url);
    expect(answer.ms).toBeLessThan(5000);
    expect(answer.status === 200).toBe(answer.body.status === 'ready');
    return String(down(answer)) === String(names) ? answer : undefined;
  });
}

const untilReady = (url: string) =>
  until('the server to be ready', async () => ((await ready(url)).status === 200 ? true : undefined), 20_000);

describe('a server that has all that it needs', () => {
  let server: StockroomServer;
  beforeAll(async () => {
    server = await startStockroom();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('is ready, and tells how long each dependency took', async () => {
    const { status, body } = await ready(server.url);
    expect([status, body.status]).toEqual([200, 'ready']);
    expect(Object.keys(body.dependencies)).toEqual(['database', 'migrations', 'store', 'disk']);
    for (const { state, ms } of Object.values(body.dependencies)) {
      expect([state, ms >= 0 && ms < 1000]).toEqual(['up', true]);
    }
    const response = await fetch(`${server.url}/readyz`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await fetch(`${server.url}/readyz`, { method: 'HEAD' })).status).toBe(200);
  });

  test('answers any number of questions, of anybody', async () => {
    const cookie = 'stockroom_session=11111111-2222-4333-8444-555555555555';
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => fetch(`${server.url}/readyz`, { headers: { cookie } })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  test('is not ready while its files are away', async () => {
    const files = join(server.dataDir, 'files');
    await rename(files, `${files}-away`);
    try {
      const answer = await untilDown(server.url, ['store']);
      expect(answer.text).not.toContain(server.dataDir);
      const log = await until('the reason in the log', () =>
        server
          .output()
          .split('\n')
          .find((line) => line.includes('the server is not ready')),
      );
      expect(JSON.parse(log)).toMatchObject({ dependency: 'store', err: { code: 'ENOENT' } });
    } finally {
      await rename(`${files}-away`, files);
    }
    await untilReady(server.url);
  });
});

describe.skipIf(missing('PostgreSQL', findPostgres()))('a database', () => {
  let database: ExternalPostgres;
  let url: string;
  let server: StockroomServer;
  beforeAll(async () => {
    database = await startPostgres();
    url = await database.createDatabase();
    server = await startStockroom({ env: { DATABASE_URL: url } });
  });
  afterAll(async () => {
    database.thaw();
    await server[Symbol.asyncDispose]();
    await database.stop();
  });

  test('that hangs is named within seconds, asked once at a time, and up again when it goes on', async () => {
    await ready(server.url);
    database.freeze();
    try {
      const answer = await untilDown(server.url, ['database', 'migrations']);
      expect(answer.body.status).toBe('unavailable');
      expect(answer.text).not.toMatch(/tester|127\.0\.0\.1|select/);
      await Promise.all(Array.from({ length: 200 }, () => ready(server.url)));
      const series = await scrape(server.url);
      expect(series.get('stockroom_dependency_up{dependency="database"}')).toBe(0);
      expect(series.get('stockroom_dependency_up{dependency="disk"}')).toBe(1);
      expect(series.get('stockroom_database_waiting')).toBe(0);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    } finally {
      database.thaw();
    }
    await untilReady(server.url);
  });

  test('that is stopped is named, and up again when it is back', async () => {
    await database.restart(async () => {
      await untilDown(server.url, ['database', 'migrations']);
    });
    await untilReady(server.url);
  });

  test('that was set back to an earlier state lacks migrations', async () => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await sql`create table kept as select * from drizzle.__drizzle_migrations`;
      await sql`
        delete from drizzle.__drizzle_migrations
        where created_at = (select max(created_at) from drizzle.__drizzle_migrations)`;
      await untilDown(server.url, ['migrations']);
      await sql`delete from drizzle.__drizzle_migrations`;
      await sql`insert into drizzle.__drizzle_migrations select * from kept`;
      // A newer release, which runs beside this one.
      await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 99999999999999)`;
      await untilReady(server.url);
    } finally {
      await sql.end({ timeout: 1 });
    }
  });
});

describe.skipIf(missingRedis())('a Redis', () => {
  test('that hangs or is stopped is named, and up again when it is back', async () => {
    await using redis = await startRedis(['--requirepass', 'top-secret']);
    await using server = await startStockroom({ env: { REDIS_URL: redis.url } });
    expect((await ready(server.url)).body.dependencies.redis?.state).toBe('up');
    redis.freeze();
    try {
      const { text } = await untilDown(server.url, ['redis']);
      expect(text).not.toMatch(/top-secret|127\.0\.0\.1/);
    } finally {
      redis.thaw();
    }
    await untilReady(server.url);
    await redis.restart(async () => {
      await untilDown(server.url, ['redis']);
    });
    await untilReady(server.url);
    expect(await redis.admin.dbsize()).toBe(0);
  });
});

describe.skipIf(missing('Ceph', findCeph()))('an S3 store', () => {
  test('that hangs or refuses connections is named, and up again when it is back', async () => {
    const bucket = await createBucket();
    await using proxy = await startProxy(bucket.port);
    await using server = await startStockroom({ env: bucket.env(proxy.port) });
    expect((await ready(server.url)).status).toBe(200);
    for (const verdict of ['lose', 'cut-before'] as const) {
      proxy.judge = () => verdict;
      const { text } = await untilDown(server.url, ['store']);
      expect(text).not.toMatch(/127\.0\.0\.1|tester|test-/);
      proxy.judge = () => 'pass';
      await untilReady(server.url);
    }
  }, 90_000);
});

test('a server that stops says so for as long as something runs', async () => {
  const port = await freePort();
  await using server = await startStockroom({ env: { METRICS_PORT: String(port) } });
  const own = `http://127.0.0.1:${port}`;
  expect((await ready(own)).status).toBe(200);
  const client = await Client.loggedIn(server.url);
  const body = concat([
    ...uploadFields(1).flatMap((part) => [partHead(part), part.value, '\r\n']),
    partHead({ name: '0', filename: 'a.txt' }),
    'some bytes',
    `\r\n${END}`,
  ]);
  const request = await RawRequest.open(server.url, '/graphql', {
    Cookie: client.cookie ?? '',
    'Content-Type': FORM_TYPE,
    'Apollo-Require-Preflight': '1',
    'Content-Length': String(body.byteLength),
  });
  await request.write(body.subarray(0, body.byteLength - 20));
  await until(
    'the upload to begin',
    () => filesBelow(join(server.dataDir, 'spool')).length === 1 || undefined,
  );
  expect((await scrape(own)).get('stockroom_uploads_running')).toBe(1);
  server.process.kill('SIGTERM');
  const stopping = await until('the server to say that it stops', async () => {
    const answer = await ready(own);
    return answer.status === 503 ? answer : undefined;
  });
  expect([stopping.body.status, down(stopping)]).toEqual(['stopping', []]);
  await request.write(body.subarray(body.byteLength - 20));
  expect((await request.answer()).status).toBe(200);
  request.close();
  expect(await server.process.exited).toBe(0);
});
