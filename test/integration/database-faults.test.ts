import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import postgres from 'postgres';
import { Client, type GraphQLAnswer, type UploadResult, uploadForm } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { startProxy, type TcpProxy, type Verdict } from '../support/tcp-proxy.ts';
import { until } from '../support/temporary.ts';
import { countMaterials } from '../support/upload.ts';

const MINUTE = 60_000;

describe.skipIf(missing('PostgreSQL', findPostgres()))('an upload whose connection to the database', () => {
  let database: ExternalPostgres;
  let proxy: TcpProxy;
  let sql: postgres.Sql;
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    database = await startPostgres();
    const url = new URL(await database.createDatabase());
    proxy = await startProxy(Number(url.port));
    sql = postgres(url.href, { max: 2, onnotice: () => {} });
    url.port = String(proxy.port);
    server = await startStockroom({ env: { DATABASE_URL: url.href } });
    client = await Client.loggedIn(server.url);
    await client.upload([new File([uniquePng()], 'first.png')]);
  }, MINUTE);
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database.stop();
  }, MINUTE);

  const files = () => filesBelow(join(server.dataDir, 'files'));
  const spooled = () => filesBelow(join(server.dataDir, 'spool'));
  const send = (names: readonly string[]) =>
    client.send('/graphql', {
      method: 'POST',
      headers: { 'apollo-require-preflight': '1' },
      body: uploadForm(
        names.map((name) => new File([uniquePng()], name)),
        { mallId: 1 },
      ),
    });

  /** Fails the upload by `fault` and checks what is left of it. */
  async function expectTakenBack(fault: (sending: Promise<Response>) => Promise<void>): Promise<void> {
    const before = { files: files(), rows: await countMaterials(client) };
    const sending = send(['a.png', 'b.png', 'c.png']);
    await fault(sending);
    const response = await sending;
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(answer.errors?.[0]?.extensions.retryable).toBe(true);
    await until(
      'the files to be taken back',
      () => (files().length === before.files.length && spooled().length === 0) || undefined,
    );
    expect(files()).toEqual(before.files);
    expect(await countMaterials(client)).toBe(before.rows);
    const [row] = await sql<{ blobs: number; materials: number }[]>`
      select (select count(*)::int from blobs) as blobs, (select count(*)::int from materials) as materials`;
    expect(row).toEqual({ blobs: before.files.length, materials: before.rows });
    // The server has recovered by itself.
    const [result] = await client.upload([new File([uniquePng()], 'after.png')]);
    expect((await fetch(String(result?.url))).status).toBe(200);
  }

  test(
    'is lost while its rows are written is 503 and leaves nothing',
    async () => {
      const locker = await sql.reserve();
      try {
        await expectTakenBack(async () => {
          await locker`begin`;
          await locker`lock table blobs in access exclusive mode`;
          await until('the insert to wait', async () => {
            const [row] = await sql<{ ended: boolean }[]>`
            select pg_terminate_backend(pid) as ended from pg_stat_activity
            where wait_event_type = 'Lock' and query like '%insert into blobs%'`;
            return row?.ended || undefined;
          });
          await locker`rollback`;
        });
      } finally {
        locker.release();
      }
    },
    MINUTE,
  );

  test.each<[string, Verdict]>([
    ['before the commit has reached it', 'cut-before'],
    ['after the commit, before its answer', 'cut-after'],
  ])(
    'is lost %s is 503 and leaves nothing',
    async (_, verdict) => {
      await expectTakenBack(async (sending) => {
        // Statements have names, and their texts go over a connection once: the commit follows the materials.
        const inserting = new WeakSet<object>();
        proxy.judge = (bytes, connection) => {
          const text = bytes.toString('latin1');
          if (text.includes('a.png')) {
            inserting.add(connection);
            return 'pass';
          }
          if (!inserting.has(connection)) return 'pass';
          proxy.judge = () => 'pass';
          return verdict;
        };
        await sending;
      });
    },
    MINUTE,
  );

  test(
    'is lost after the commit is answered to whoever sends the files again under their ids, and they stay',
    async () => {
      const sent = ['d.png', 'e.png'].map((name) => new File([uniquePng()], name));
      const uploadIds = sent.map(() => crypto.randomUUID());
      const request = () =>
        client.send('/graphql', {
          method: 'POST',
          headers: { 'apollo-require-preflight': '1' },
          body: uploadForm(sent, { mallId: 1, uploadIds }),
        });
      const rows = await countRows();
      const inserting = new WeakSet<object>();
      proxy.judge = (bytes, connection) => {
        if (bytes.toString('latin1').includes('d.png')) inserting.add(connection);
        return 'pass';
      };
      proxy.judgeAnswer = (bytes, connection) => {
        if (!inserting.has(connection) || !bytes.toString('latin1').includes('COMMIT\0')) return 'pass';
        // Nothing can be taken back before the files come again.
        proxy.judge = () => 'cut-before';
        return 'cut-before';
      };
      expect((await request()).status).toBe(503);
      proxy.judge = () => 'pass';
      proxy.judgeAnswer = () => 'pass';
      const results = await client.upload(sent, { uploadIds });
      expect(results.map(({ __typename }) => __typename)).toEqual(['Material', 'Material']);
      await until('nothing to be in flight', () => spooled().length === 0 || undefined);
      expect(await countRows()).toBe(rows + 2);
      for (const { url } of results) expect((await fetch(String(url))).status).toBe(200);
    },
    MINUTE,
  );

  test(
    'is lost at its beginning only is not harmed',
    async () => {
      await until('placeholders to be made', async () => {
        const [due] = await sql`select from blobs where placeholder_due is not null limit 1`;
        return due === undefined || undefined;
      });
      let cuts = 0;
      // The text goes over a connection once; the lease's id is the first UUID of an upload.
      const beginning = /insert into uploads|[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-/;
      proxy.judge = (bytes) => {
        if (cuts > 0 || !beginning.test(bytes.toString('latin1'))) return 'pass';
        cuts++;
        return 'cut-after';
      };
      const request = send([...'abcdefgh'].map((name) => `${name}.png`));
      const answer = (await (await request).json()) as GraphQLAnswer;
      expect(cuts).toBe(1);
      const results = answer.data?.uploadMaterials as UploadResult[];
      expect(results.filter(({ __typename }) => __typename === 'Material').length).toBeGreaterThan(0);
      const [row] = await sql<{ count: number }[]>`select count(*)::int as count from uploads`;
      expect(row?.count).toBe(0);
      await until('nothing to be in flight', () => spooled().length === 0 || undefined);
    },
    MINUTE,
  );

  test(
    'is lost again and again never leaves a row without a file, or a file without a row',
    async () => {
      let cuts = 0;
      // Every few messages a connection breaks, wherever it may be.
      proxy.judge = () => (Math.random() < 0.03 ? (cuts++ % 2 === 0 ? 'cut-before' : 'cut-after') : 'pass');
      let acknowledged = 0;
      const upload = async () => {
        for (let i = 0; i < 15; i++) {
          const response = await send(['x.png', 'y.png']);
          const answer = (await response.json()) as GraphQLAnswer;
          if (response.status === 200) {
            // A file whose lease did not stand is refused, and the other one is kept.
            const results = answer.data?.uploadMaterials as UploadResult[];
            acknowledged += results.filter(({ __typename }) => __typename === 'Material').length;
          } else
            expect([503, answer.errors?.[0]?.extensions.code]).toEqual([
              response.status,
              'SERVICE_UNAVAILABLE',
            ]);
        }
      };
      const rows = await countRows();
      await Promise.all([upload(), upload(), upload()]);
      proxy.judge = () => 'pass';
      expect(cuts).toBeGreaterThan(5);
      await until('everything to be settled', () => spooled().length === 0 || undefined, 20_000);
      expect(await countRows()).toBe(rows + acknowledged);
      const keys = await sql<
        { key: string }[]
      >`select storage_key as key from blobs order by storage_key collate "C"`;
      expect(files()).toEqual(keys.map(({ key }) => key));
    },
    MINUTE,
  );

  test(
    'ends with the whole database is 503, and the server works when it is back',
    async () => {
      await using other = await startPostgres();
      await using own = await startStockroom({ env: { DATABASE_URL: await other.createDatabase() } });
      const user = await Client.loggedIn(own.url);
      const cookie = user.cookie;
      await other.restart(async () => {
        const started = performance.now();
        const response = await user.send('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"query":"{ me { id } }"}',
        });
        expect(response.status).toBe(503);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(response.headers.get('retry-after')).not.toBeNull();
        expect(performance.now() - started).toBeLessThan(2000);
        expect((await fetch(`${own.url}/healthz`)).status).toBe(200);
      });
      expect(user.cookie).toBe(cookie);
      const me = await until(
        'the server to answer again',
        async () => (await user.graphql('{ me { username } }')).data ?? undefined,
      );
      expect(me).toEqual({ me: { username: 'admin' } });
    },
    MINUTE,
  );

  async function countRows(): Promise<number> {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from materials`;
    return row?.count ?? 0;
  }
});
