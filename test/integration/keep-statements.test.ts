import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client } from '../support/client.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { LOOPBACK_ALLOWED, saveImages } from '../support/remote-pictures.ts';
import { missing } from '../support/services.ts';
import { openSql } from '../support/sql.ts';
import { type SqlProxy, startSqlProxy } from '../support/sql-proxy.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const GB = 1e9;
/** Of one call. */
const FILES = 20;
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
  const saving = (count: number, mallId: number) =>
    statementsOf(async () => {
      const urls = Array.from({ length: count }, () =>
        pictures.give(`/${crypto.randomUUID()}.png`, uniquePng()),
      );
      const saved = await saveImages(client, urls, mallId);
      expect(saved.map(({ success }) => success)).toEqual(Array(count).fill(true));
    });

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

  test('count the bytes of the mall last, so that uploads into it wait for each other a moment only', async () => {
    const sql = await openSql(server, { DATABASE_URL: proxy.url });
    closers.push(() => sql.end({ timeout: 1 }));
    const used = async () => Number((await sql`select used_bytes from malls where id = 1`)[0]?.used_bytes);
    const before = await used();
    const file = pngFile();
    const uploaded = await sql.begin(async (tx) => {
      await tx`select from malls where id = 1 for no key update`;
      const uploading = client.upload([file, file, pngFile()], { mallId: 1 });
      const waiting = await until('an upload that waits', async () => {
        // A transaction looks once otherwise.
        await tx`select pg_stat_clear_snapshot()`;
        const [row] = await tx<{ query: string }[]>`
          select query from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`;
        return row?.query;
      });
      expect(waiting).toMatch(/^update malls set used_bytes/);
      // Not the promise itself, which the transaction would wait for.
      return { uploading };
    });
    const sizes = (await uploaded.uploading).map((result) => {
      if (result.__typename !== 'Material') throw new Error('an upload was refused');
      return result.size;
    });
    // Equal bytes count once.
    expect(sizes[0]).toBe(sizes[1]);
    expect(await used()).toBe(before + Number(sizes[1]) + Number(sizes[2]));
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

async function newMall(client: Client, quotaBytes: number): Promise<number> {
  const { createMall } = await client.data<{ createMall: { id: number } }>(
    'mutation ($quotaBytes: ByteCount) { createMall(name: "with a quota", quotaBytes: $quotaBytes) { id } }',
    { quotaBytes },
  );
  return createMall.id;
}
