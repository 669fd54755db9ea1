import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client } from '../support/client.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { LOOPBACK_ALLOWED, saveImages } from '../support/remote-pictures.ts';
import { missing } from '../support/services.ts';
import { type SqlProxy, startSqlProxy } from '../support/sql-proxy.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

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
    expect(many.length).toBeLessThanOrEqual(12);
  });

  test('of pictures from elsewhere are as many for many as for one', async () => {
    const [one, many] = [await saving(1, 1), await saving(FILES, 1)];
    expect(many).toHaveLength(one.length);
    expect(many.length).toBeLessThanOrEqual(14);
  });

  test.each([
    ['an upload', uploading],
    ['pictures from elsewhere', saving],
  ] as const)('of %s are three more where the mall has a quota with plenty of room', async (_, keeping) => {
    const [without, within] = [await keeping(FILES, 1), await keeping(FILES, roomy)];
    expect(within).toHaveLength(without.length + 3);
    expect(within.filter((statement) => /into quota_reservations/.test(statement))).toHaveLength(1);
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
