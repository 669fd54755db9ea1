import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { Client } from '../support/client.ts';
import {
  addManyMaterials,
  exportPath,
  manyMaterialId,
  PERIOD,
  parseCsv,
  problemOf,
} from '../support/exports.ts';
import { filesBelow } from '../support/files.ts';
import { canMount, mountSmallDisk } from '../support/mounts.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { hasProc, openFiles } from '../support/processes.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { newMall, newUser } from '../support/users.ts';

const MINUTE = 60_000;
const MIB = 1024 * 1024;
/** More than the system's buffers on the way to a client hold. */
const MANY = 120_000;
const SPARE_FILES = 6;

describe.skipIf(missing('PostgreSQL', findPostgres()))('an export', () => {
  let database: ExternalPostgres;
  let proxy: TcpProxy;
  let sql: postgres.Sql;
  let server: StockroomServer;
  let admin: Client;
  let mallId: number;
  let path: string;
  let databaseUrl: string;
  beforeAll(async () => {
    database = await startPostgres();
    const url = new URL(await database.createDatabase());
    databaseUrl = url.href;
    proxy = await startProxy(Number(url.port));
    sql = postgres(url.href, { max: 2, onnotice: () => {} });
    url.port = String(proxy.port);
    server = await startStockroom({ env: { DATABASE_URL: url.href } });
    admin = await Client.loggedIn(server.url);
    mallId = await newMall(admin, 'many');
    await addManyMaterials(sql, mallId, MANY);
    path = exportPath('materials.csv', { mallId: String(mallId) });
  }, 2 * MINUTE);
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database.stop();
  }, MINUTE);

  const spooled = () => filesBelow(join(server.dataDir, 'spool'));
  /** Statements and transactions of exports, which read in a snapshot of their own. */
  const exporting = async () => {
    const [row] = await sql`select count(*)::int as running from pg_stat_activity
      where application_name = 'stockroom' and (query ilike 'copy%' or xact_start < now() - interval '2 seconds')
        and state <> 'idle'`;
    return Number(row?.running);
  };
  const nothingLeft = async () => {
    await until('the export to stop', async () => (await exporting()) === 0 || undefined, 5_000);
    await until('the spool to be empty', () => spooled().length === 0 || undefined, 5_000);
  };
  const get = (client = admin, file = path) =>
    RawRequest.open(server.url, file, { Cookie: String(client.cookie), Connection: 'close' }, 'GET');

  test(
    'to a client that reads slowly is made at once and holds no transaction meanwhile',
    async () => {
      const request = await get();
      await request.received(1000);
      request.pause();
      await until('the rows to be read', async () => (await exporting()) === 0 || undefined, MINUTE);
      // All of it waits on disk, while the client has hardly begun.
      expect(request.receivedBytes).toBeLessThan(MANY * 100);
      expect(spooled()).toHaveLength(1);
      for (let i = 0; i < 3; i++) await request.take();
      expect(await exporting()).toBe(0);
      request.resume();
      const answer = await request.answer(MINUTE);
      expect(answer.text.trimEnd().split('\r\n')).toHaveLength(MANY + 1);
      await nothingLeft();
    },
    2 * MINUTE,
  );

  test(
    'shows the materials of one moment, whatever happens meanwhile',
    async () => {
      let changes = 0;
      let isOver = false;
      const changing = (async () => {
        while (!isOver) {
          // The sum of all widths stays the same in every moment: one far up grows, one far down shrinks.
          const [one, other] = [++changes, MANY - changes].map((i) => manyMaterialId(mallId, i));
          await sql`update materials set width = width + case id when ${String(one)} then 1 else -1 end
            where id in (${String(one)}, ${String(other)})`;
        }
      })();
      try {
        const rows = parseCsv(await (await admin.send(path)).text());
        expect(rows).toHaveLength(MANY);
        expect(rows.reduce((sum, row) => sum + Number(row['Width (px)']), 0)).toBe(640 * MANY);
        expect(changes).toBeGreaterThan(1);
      } finally {
        isOver = true;
        await changing;
      }
    },
    2 * MINUTE,
  );

  test.skipIf(!hasProc)(
    'whose client leaves stops, and gives everything back',
    async () => {
      const before = openFiles(server.process.pid);
      for (let i = 0; i < 4; i++) {
        const request = await get();
        await request.received(1000);
        request.reset();
      }
      await nothingLeft();
      // One that waits for its first rows, for a lock that others hold.
      const locker = await sql.reserve();
      try {
        await locker`begin`;
        await locker`lock table image_fetches in access exclusive mode`;
        const waiting = await get(admin, exportPath('image-fetches.csv'));
        await until('the export to wait', async () => (await exporting()) > 0 || undefined);
        waiting.reset();
        await nothingLeft();
      } finally {
        await locker`rollback`;
        locker.release();
      }
      await until(
        'descriptors to be given back',
        () => openFiles(server.process.pid) <= before + SPARE_FILES || undefined,
      );
    },
    MINUTE,
  );

  test(
    'whose database goes away half-way breaks the connection, and never ends like a whole one',
    async () => {
      let passed = 0;
      proxy.judgeAnswer = (bytes) => {
        passed += bytes.byteLength;
        return passed > 12 * MIB ? 'cut-before' : 'pass';
      };
      try {
        const request = await get();
        const answer = await request.answer(MINUTE);
        expect(answer.status).toBe(200);
        expect(answer.headers.get('content-length')).toBeUndefined();
        expect(request.closed).toBe(true);
        expect(Buffer.from(answer.body.subarray(-5)).toString()).not.toBe('0\r\n\r\n');
        expect(await fetchFails()).toBe(true);
      } finally {
        proxy.judgeAnswer = () => 'pass';
      }
      await nothingLeft();
      expect((await admin.send(exportPath('usage.csv'))).status).toBe(200);

      async function fetchFails(): Promise<boolean> {
        passed = 0;
        try {
          await (await admin.send(path)).bytes();
          return false;
        } catch {
          return true;
        }
      }
    },
    MINUTE,
  );

  test(
    'whose database is away before the first rows is a problem document',
    async () => {
      proxy.judge = (bytes) => (/copy \(/i.test(bytes.toString('latin1')) ? 'cut-before' : 'pass');
      try {
        for (const file of ['materials.csv', 'materials.xlsx']) {
          const response = await admin.send(exportPath(file));
          expect(response.headers.get('content-type')).toBe('application/problem+json');
          expect((await problemOf(response)).slice(0, 2)).toEqual([503, 'SERVICE_UNAVAILABLE']);
          expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        }
      } finally {
        proxy.judge = () => 'pass';
      }
      await nothingLeft();
    },
    MINUTE,
  );

  test(
    'of one user has few beside it, and others wait for their turn',
    async () => {
      const locker = await sql.reserve();
      const other = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
      const send = (client: Client) => client.send(exportPath('image-fetches.csv'));
      try {
        await locker`begin`;
        await locker`lock table image_fetches in access exclusive mode`;
        const own = Array.from({ length: 12 }, () => send(admin));
        const refused = await Promise.race(own);
        expect((await problemOf(refused)).slice(0, 2)).toEqual([503, 'SERVICE_UNAVAILABLE']);
        expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
        const others = send(other.client);
        await until('two to run', async () => (await exporting()) === 2 || undefined);
        await locker`rollback`;
        const statuses = (await Promise.all(own)).map(({ status }) => status);
        expect(statuses.filter((status) => status === 200)).toHaveLength(6);
        expect(statuses.filter((status) => status === 503)).toHaveLength(6);
        expect((await others).status).toBe(200);
      } finally {
        await locker`rollback`.catch(() => {});
        locker.release();
      }
      await nothingLeft();
    },
    MINUTE,
  );

  test(
    'for which the spool has no room is 507, and one that outgrows it breaks',
    async () => {
      for (const [spoolBytes, file] of [
        [100, 'usage.csv'],
        [100, 'usage.xlsx'],
      ] as const) {
        await using small = await startStockroom({
          env: { DATABASE_URL: databaseUrl, SPOOL_BYTES: String(spoolBytes) },
        });
        const client = await Client.loggedIn(small.url);
        const response = await client.send(exportPath(file));
        expect((await problemOf(response)).slice(0, 2)).toEqual([507, 'STORAGE_FULL']);
      }
      await using small = await startStockroom({
        env: { DATABASE_URL: databaseUrl, SPOOL_BYTES: String(4 * MIB) },
      });
      const client = await Client.loggedIn(small.url);
      const answer = await client
        .send(path)
        .then(
          async (response) => (response.status === 200 ? await response.bytes() : response.status),
          () => 'broken',
        )
        .catch(() => 'broken');
      expect(['broken', 507]).toContain(answer as string);
      // Everything is free again.
      expect(filesBelow(join(small.dataDir, 'spool'))).toEqual([]);
      expect((await client.send(exportPath('usage.csv', PERIOD))).status).toBe(200);
    },
    MINUTE,
  );

  test.skipIf(missing('a file system of its own', canMount()))(
    'whose disk becomes full breaks, never ends short, and leaves room for the next',
    async () => {
      await using directory = await temporaryDirectory();
      const spool = join(directory.path, 'spool');
      await mkdir(spool);
      using _disk = mountSmallDisk(spool, 2);
      await using small = await startStockroom({
        dataDir: directory.path,
        env: { DATABASE_URL: databaseUrl, SPOOL_BYTES: String(100 * MIB) },
      });
      const client = await Client.loggedIn(small.url);
      const refused = await client.send(exportPath('materials.xlsx', { mallId: String(mallId) })).then(
        async (response) => {
          if (response.status !== 200) return response.status;
          return await response.bytes().then(
            () => 'whole',
            () => 'broken',
          );
        },
        () => 'broken',
      );
      expect(['broken', 507]).toContain(refused);
      await until('the spool to be empty', () => filesBelow(spool).length === 0 || undefined);
      expect((await client.send(exportPath('usage.csv', PERIOD))).status).toBe(200);
    },
    MINUTE,
  );
});
