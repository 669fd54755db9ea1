import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client } from '../support/client.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { LOOPBACK_ALLOWED, saveImages } from '../support/remote-pictures.ts';
import { missing } from '../support/services.ts';
import { openSql, usedBytes } from '../support/sql.ts';
import { type SqlProxy, startSqlProxy } from '../support/sql-proxy.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const GB = 1e9;
/** Of one call. */
const FILES = 20;
/** Rows of a table that has grown. */
const MANY = 5000;
/** Placeholders are made and told of when there is time for it, and on a busy machine fetches are begun again. */
const AT_TIMES = /^update "blobs"|^select "id", "mall_id" from "materials"|pg_notify|into image_fetches/;

describe.skipIf(missing('PostgreSQL', findPostgres()))('the statements that keep files', () => {
  let database: ExternalPostgres;
  let proxy: SqlProxy;
  let server: StockroomServer;
  let client: Client;
  let pictures: PictureServer;
  let roomy: number;
  const closers: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    database = await startPostgres();
    proxy = await startSqlProxy(await database.createDatabase());
    pictures = await PictureServer.start();
    server = await startStockroom({
      env: { ...LOOPBACK_ALLOWED, DATABASE_URL: proxy.url, REMOTE_FETCHES_PER_MINUTE: '0' },
    });
    client = await Client.loggedIn(server.url);
    roomy = await newMall(client, GB);
  });
  afterAll(async () => {
    for (const close of closers) await close();
    await server[Symbol.asyncDispose]();
    await pictures[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database.stop();
  });

  const statementsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    proxy.take();
    await work();
    return proxy.take().filter((statement) => !AT_TIMES.test(statement));
  };
  const uploading = (count: number, mallId: number) =>
    statementsOf(async () => {
      const results = await client.upload(Array.from({ length: count }, pngFile), { mallId });
      expect(results.map((result) => result.__typename)).toEqual(Array(count).fill('Material'));
    });
  const save = async (count: number, mallId: number) => {
    const urls = Array.from({ length: count }, () =>
      pictures.give(`/${crypto.randomUUID()}.png`, uniquePng()),
    );
    const saved = await saveImages(client, urls, mallId);
    expect(saved.map(({ success }) => success)).toEqual(Array(count).fill(true));
  };
  const saving = (count: number, mallId: number) => statementsOf(() => save(count, mallId));

  test('of an upload are as many for many files as for one', async () => {
    const [one, many] = [await uploading(1, 1), await uploading(FILES, 1)];
    expect(many).toHaveLength(one.length);
    expect(many.length).toBeLessThanOrEqual(13);
  });

  test('of pictures from elsewhere are as many for many as for one', async () => {
    const [one, many] = [await saving(1, 1), await saving(FILES, 1)];
    expect(many).toHaveLength(one.length);
    expect(many.length).toBeLessThanOrEqual(15);
  });

  test.each([
    ['an upload', uploading],
    ['pictures from elsewhere', saving],
  ] as const)('of %s are two more where the mall has a quota with plenty of room', async (_, keeping) => {
    const [without, within] = [await keeping(FILES, 1), await keeping(FILES, roomy)];
    expect(within).toHaveLength(without.length + 2);
    expect(within.filter((statement) => /into quota_reservations/.test(statement))).toHaveLength(1);
  });

  test('begin pictures by a few for each call, also where a user calls several times at once', async () => {
    proxy.take();
    await Promise.all([1, 2, 3].map(() => save(FILES, 1)));
    const beginning = proxy.take().filter((statement) => /into image_fetches/.test(statement));
    expect(beginning.length).toBeGreaterThanOrEqual(3);
    expect(beginning.length).toBeLessThan(FILES);
  });

  test('read no more rows of the fetches when there are many than when there were few', async () => {
    const sql = await openSql(server, { DATABASE_URL: proxy.url });
    closers.push(() => sql.end({ timeout: 1 }));
    // The connections keep the plans that they have made by then.
    for (let i = 0; i < 12; i++) await saving(1, 1);
    await sql`
      insert into image_fetches (id, purpose, user_id, mall_id, url, state)
      select gen_random_uuid(), 'MATERIAL', id, 1, 'https://example.org/', 'SAVED'
      from users, generate_series(1, ${MANY}) where username = ${ADMIN.username}`;
    const readAndWritten = async () => {
      const [row] = await sql<{ read: number; written: number }[]>`
        select (seq_tup_read + idx_tup_fetch)::int as read, n_tup_upd::int as written
        from pg_stat_user_tables where relname = 'image_fetches'`;
      return row ?? { read: 0, written: 0 };
    };
    const before = await readAndWritten();
    await saving(FILES, 1);
    const after = await until(
      'the statistics',
      async () => {
        const row = await readAndWritten();
        return row.written >= before.written + FILES ? row : undefined;
      },
      30_000,
    );
    // What was read before may be counted late.
    expect(after.read - before.read).toBeLessThan(MANY / 2);
  });

  test('count the bytes of a mall without a quota beside its row, so that nobody waits for it', async () => {
    const sql = await openSql(server, { DATABASE_URL: proxy.url });
    closers.push(() => sql.end({ timeout: 1 }));
    const before = await usedBytes(sql, 1);
    const file = pngFile();
    const results = await sql.begin(async (tx) => {
      await tx`select from malls where id = 1 for no key update`;
      return await client.upload([file, file, pngFile()], { mallId: 1 });
    });
    const sizes = results.map((result) => {
      if (result.__typename !== 'Material') throw new Error('an upload was refused');
      return Number(result.size);
    });
    // Equal bytes count once.
    expect(sizes[0]).toBe(sizes[1]);
    expect(await usedBytes(sql, 1)).toBe(before + (sizes[1] ?? 0) + (sizes[2] ?? 0));
  });

  test('count every byte of uploads that come at once, and of those that come when the mall has a quota', async () => {
    const sql = await openSql(server, { DATABASE_URL: proxy.url });
    closers.push(() => sql.end({ timeout: 1 }));
    const growing = await newMall(client, null);
    const upload = async (count: number) => {
      const files = Array.from({ length: count }, pngFile);
      await Promise.all(files.map((file) => client.upload([file], { mallId: growing })));
      return files.reduce((total, { size }) => total + size, 0);
    };
    const bytes = await upload(40);
    expect(await usedBytes(sql, growing)).toBe(bytes);
    await client.data(
      'mutation ($id: Int!, $quotaBytes: ByteCount) { updateMall(id: $id, quotaBytes: $quotaBytes) { id } }',
      { id: growing, quotaBytes: 2 * bytes },
    );
    const more = await upload(10);
    expect(await usedBytes(sql, growing)).toBe(bytes + more);
    const tooMuch = new File([uniquePng(bytes)], 'much.png');
    expect((await client.upload([tooMuch], { mallId: growing }))[0]).toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
    const { mall } = await client.data<{ mall: { usage: { bytes: number } } }>(
      'query ($id: Int!) { mall(id: $id) { usage { bytes } } }',
      { id: growing },
    );
    expect(Number(mall.usage.bytes)).toBe(bytes + more);
  });

  test('reserve no more than the files take where little room is left, and at most once for each', async () => {
    const files = Array.from({ length: FILES }, pngFile);
    const bytes = files.reduce((total, { size }) => total + size, 0);
    const narrow = await newMall(client, bytes);
    const statements = await statementsOf(async () => {
      const results = await client.upload(files, { mallId: narrow });
      expect(results.map((result) => result.__typename)).toEqual(Array(FILES).fill('Material'));
    });
    const reserving = statements.filter((statement) => /into quota_reservations/.test(statement));
    expect(reserving.length).toBeGreaterThanOrEqual(1);
    expect(reserving.length).toBeLessThanOrEqual(FILES);
    expect((await client.upload([pngFile()], { mallId: narrow }))[0]).toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
  });
});

function pngFile(): File {
  return new File([uniquePng()], `${crypto.randomUUID()}.png`);
}

async function newMall(client: Client, quotaBytes: number | null): Promise<number> {
  const { createMall } = await client.data<{ createMall: { id: number } }>(
    'mutation ($quotaBytes: ByteCount) { createMall(name: "with a quota", quotaBytes: $quotaBytes) { id } }',
    { quotaBytes },
  );
  return createMall.id;
}
