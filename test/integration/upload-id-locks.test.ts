import { afterAll, beforeAll, expect, test } from 'bun:test';
import type postgres from 'postgres';
import { Client, type UploadResult } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { uniquePng } from '../support/pictures.ts';
import { locksOfWriter, openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

describeEachDatabase('the ids of an upload', (fresh) => {
  let server: StockroomServer;
  let sql: postgres.Sql;
  beforeAll(async () => {
    const env = await fresh();
    server = await startStockroom({ env });
    sql = await openSql(server, env);
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
  });

  test('take one lock of the database, however many files come', async () => {
    const client = await Client.loggedIn(server.url);
    const files = Array.from({ length: 20 }, (_, i) => new File([uniquePng()], `${i}.png`));
    const uploadIds = files.map(() => crypto.randomUUID());
    const uploads: Promise<UploadResult[]>[] = [];
    await sql.begin(async (tx) => {
      await tx`lock table blobs in share mode`;
      uploads.push(client.upload(files, { uploadIds }));
      const locks = await until('its rows', async () => (await locksOfWriter(tx)) || undefined);
      expect(locks).toBe(1);
    });
    const [results] = await Promise.all(uploads);
    expect(results?.map(({ __typename }) => __typename)).toEqual(files.map(() => 'Material'));
  });
});
