import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connectListener, type Database, openDatabase } from '../../src/adapters/db/open.ts';
import { PostgresEventBus } from '../../src/adapters/events/postgres-event-bus.ts';
import { LocalStore } from '../../src/adapters/storage/local-store.ts';
import { Spool } from '../../src/adapters/storage/spool.ts';
import { type SweepOptions, type SweepServices, sweep } from '../../src/services/sweep/sweep.ts';
import { SweepJob } from '../../src/services/sweep/sweep-job.ts';
import { Client } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { each } from '../support/material-life.ts';
import { END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const HOUR_MS = 3_600_000;

describe.skipIf(missing('PostgreSQL', findPostgres()))('the sweep', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => await database.stop());

  let files: { readonly path: string } & AsyncDisposable;
  let env: Record<string, string>;
  let server: StockroomServer;
  let client: Client;
  let other: OtherInstance;
  beforeEach(async () => {
    files = await temporaryDirectory();
    const url = await database.createDatabase();
    env = { DATABASE_URL: url, STORAGE_URL: `file:${files.path}` };
    server = await startStockroom({ env });
    client = await Client.loggedIn(server.url);
    other = await OtherInstance.open(url, files.path);
  });
  afterEach(async () => {
    await other.close();
    await server[Symbol.asyncDispose]();
    await files[Symbol.asyncDispose]();
  });

  const upload = async (bytes = uniquePng()) => {
    const [material] = await client.upload([new File([bytes], 'a.png')]);
    return { id: String(material?.id), url: `${server.url}/files${String(material?.basePath)}` };
  };
  const keyOf = async (id: string) => {
    const [row] = await other.sql<{ storage_key: string }[]>`
      select storage_key from blobs where id = (select blob_id from materials where id = ${id})`;
    return row?.storage_key ?? '';
  };
  /** A file in the store without a row. */
  const leave = async (hoursAgo: number, key = newKey()) => {
    const path = join(files.path, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'left');
    await age(path, hoursAgo);
    return key;
  };

  test('removes what nothing needs, and nothing at all when it is only to look', async () => {
    const kept = await upload();
    const trashed = await upload();
    await upload();
    await each(client, 'deleteMaterials', [trashed.id]);
    const old = await upload();
    await each(client, 'deleteMaterials', [old.id]);
    const gone = [await keyOf(old.id)];
    await other.sql`update materials set deleted_at = now() - interval '31 days' where id = ${old.id}`;
    // As after a crash between the two steps of a purge.
    const halfPurged = await upload();
    gone.push(await keyOf(halfPurged.id));
    await other.sql`delete from materials where id = ${halfPurged.id}`;
    gone.push(await leave(2));
    const recent = await leave(0.5);
    const foreign = await leave(99, 'exports/2026/report.xlsx');
    await other.sql`insert into uploads (id, started_at, expires_at)
      values (${Bun.randomUUIDv7()}, now() - interval '9 days', now() - interval '1 second')`;
    await other.sql`insert into rate_limits (key, points, expire) values ('x', 1, now() - interval '1 day')`;
    await other.sql`insert into quota_reservations (id, mall_id, bytes, expires_at)
      values (${Bun.randomUUIDv7()}, 1, 5, now() - interval '1 day')`;
    await other.sql`insert into api_tokens (id, user_id, name, token_hash, scopes, expires_at) values
      (${Bun.randomUUIDv7()}, 1, 'long over', 'a', '{READ}', now() - interval '31 days'),
      (${Bun.randomUUIDv7()}, 1, 'just over', 'b', '{READ}', now() - interval '1 day')`;
    await other.sql`insert into download_tickets
      (token_hash, user_id, report, format, parameters, single_use, expires_at)
      values ('a', 1, 'materials', 'CSV', '{}', false, now() - interval '1 second')`;

    const before = filesBelow(files.path);
    const expected = {
      trashedMaterials: 1,
      abandonedUploads: 1,
      unreferencedFiles: 1,
      unreferencedBytes: 4,
      foreignFiles: 1,
      missingFiles: [],
      wrongSizes: [],
      expired: { sessions: 0, apiTokens: 1, quotaReservations: 1, rateLimits: 1, exportLinks: 1 },
    };
    expect(await other.sweep({ dryRun: true })).toMatchObject({
      ...expected,
      dryRun: true,
      unusedBlobs: 1,
      removedFiles: 0,
    });
    expect(filesBelow(files.path)).toEqual(before);
    expect(await other.sql`select id from uploads`).toHaveLength(1);
    expect(await other.sql`select id from materials`).toHaveLength(4);

    expect(await other.sweep()).toMatchObject({ ...expected, unusedBlobs: 1, removedFiles: 1 });
    expect(filesBelow(files.path)).toEqual(before.filter((key) => !gone.includes(key)));
    expect(filesBelow(files.path)).toEqual(expect.arrayContaining([recent, foreign]));
    expect((await fetch(kept.url)).status).toBe(200);
    expect(await each(client, 'restoreMaterials', [trashed.id, old.id])).toMatchObject([
      { code: null },
      { code: 'NOT_FOUND' },
    ]);
    expect((await fetch(trashed.url)).status).toBe(200);

    expect(await other.sweep()).toMatchObject({
      trashedMaterials: 0,
      unusedBlobs: 0,
      abandonedUploads: 0,
      unreferencedFiles: 0,
      files: 3,
    });
  });

  test('removes events of the audit trail that are older than AUDIT_DAYS, and tells what it purges', async () => {
    const { id } = await upload();
    await each(client, 'deleteMaterials', [id]);
    await other.sql`update materials set deleted_at = now() - interval '31 days'`;
    const age = (action: string, days: number) => other.sql`
      update audit_events set at = now() - make_interval(days => ${days}) where action = ${action}`;
    await age('material.created', 401);
    await age('material.deleted', 399);
    const count = async () => (await other.sql`select from audit_events`).length;
    const before = await count();
    expect((await other.sweep({ auditDays: 0, trashDays: 0 }))?.expired.auditEvents).toBe(0);
    expect((await other.sweep({ dryRun: true }))?.expired.auditEvents).toBe(1);
    expect(await count()).toBe(before);
    expect((await other.sweep())?.expired.auditEvents).toBe(1);
    const [purged, ...rest] = await other.sql`
      select action, actor_id, mall_id, subject_name, data from audit_events where subject_id = ${id} order by at desc`;
    expect(purged).toEqual({
      action: 'material.purged',
      actor_id: null,
      mall_id: 1,
      subject_name: 'a.png',
      data: { trashDays: 30 },
    });
    expect(rest).toMatchObject([{ action: 'material.deleted' }]);
  });

  test('removes what webhooks were told a month ago, and has them told what it purges', async () => {
    const { id } = await upload();
    await each(client, 'deleteMaterials', [id]);
    await other.sql`update materials set deleted_at = now() - interval '31 days' where id = ${id}`;
    const webhookId = Bun.randomUUIDv7();
    await other.sql`insert into webhooks (id, mall_id, url, secret, events, format)
      values (${webhookId}, 1, 'https://hooks.invalid/', 'whsec_AAAA', '{material.purged}', 'JSON')`;
    await other.sql`insert into webhook_deliveries (id, webhook_id, event, payload, state, created_at)
      select gen_random_uuid(), ${webhookId}, 'ping', '{}', 'DELIVERED', now() - make_interval(days => days)
      from unnest(array[29, 31, 40]) as days`;
    expect((await other.sweep({ dryRun: true }))?.expired.webhookDeliveries).toBe(2);
    expect((await other.sweep())?.expired.webhookDeliveries).toBe(2);
    const kept = await other.sql`select event, state, payload from webhook_deliveries order by created_at`;
    expect([...kept]).toEqual([
      { event: 'ping', state: 'DELIVERED', payload: {} },
      {
        event: 'material.purged',
        state: 'PENDING',
        payload: expect.objectContaining({
          data: {
            mall: { id: 1, name: expect.any(String) },
            actor: null,
            material: expect.objectContaining({ id, sha256: expect.any(String), mimeType: 'image/png' }),
          },
        }),
      },
    ]);
  });

  test('never empties the trash where TRASH_DAYS is 0', async () => {
    const { id } = await upload();
    await each(client, 'deleteMaterials', [id]);
    await other.sql`update materials set deleted_at = now() - interval '31 years'`;
    expect(await other.sweep({ trashDays: 0 })).toMatchObject({ trashedMaterials: 0, files: 1 });
  });

  test('tells of files that are missing or cut, and leaves their rows', async () => {
    const [whole, lost, cut] = [await upload(), await upload(), await upload()];
    const [lostKey, cutKey] = [await keyOf(lost.id), await keyOf(cut.id)];
    await rm(join(files.path, lostKey));
    await truncate(join(files.path, cutKey), 7);
    const report = await other.sweep();
    expect(report?.missingFiles).toMatchObject([{ storageKey: lostKey, stored: null }]);
    expect(report?.wrongSizes).toMatchObject([{ storageKey: cutKey, stored: 7 }]);
    expect(other.errors.filter((text) => text.includes(lostKey) || text.includes(cutKey))).toHaveLength(2);
    expect(await other.sql`select id from materials`).toHaveLength(3);
    expect((await fetch(whole.url)).status).toBe(200);
  });

  describe('while another instance takes an upload', () => {
    const bytes = [uniquePng(), uniquePng()];

    /** The first file stands in the store, as if for hours; the second is on its way. */
    const begin = async () => {
      const request = await RawRequest.open(server.url, '/graphql', {
        Cookie: client.cookie ?? '',
        'Content-Type': FORM_TYPE,
        'Apollo-Require-Preflight': 'true',
        'Transfer-Encoding': 'chunked',
      });
      for (const field of uploadFields(2)) await request.chunk(`${partHead(field)}${field.value}\r\n`);
      await request.chunk(partHead({ name: '0', filename: '0.png' }));
      await request.chunk(bytes[0]);
      await request.chunk(`\r\n${partHead({ name: '1', filename: '1.png' })}`);
      const [key = ''] = await until('the first file', () => {
        const found = filesBelow(files.path);
        return found.length > 0 ? found : undefined;
      });
      await other.sql`update uploads set started_at = now() - interval '4 hours'`;
      await age(join(files.path, key), 3);
      return request;
    };
    const finish = async (request: RawRequest) => {
      await request.chunk(bytes[1]);
      await request.chunk(`\r\n${END}`);
      await request.chunk();
      const answer = await request.answer();
      request.close();
      return answer;
    };

    test('touches nothing of it, however long it takes', async () => {
      const request = await begin();
      expect(await other.sweep()).toMatchObject({ unreferencedFiles: 0, abandonedUploads: 0 });
      const answer = await finish(request);
      for (const one of bytes) expect(answer.text).toContain(sha256(one));
      const rows = await other.sql<{ base_path: string }[]>`select base_path from materials`;
      for (const row of rows) expect((await fetch(`${server.url}/files${row.base_path}`)).status).toBe(200);
      expect(rows).toHaveLength(2);
      expect(await other.sql`select id from uploads`).toHaveLength(0);
    });

    test('never lets it write rows for bytes that were taken from it', async () => {
      const request = await begin();
      await other.sql`update uploads set expires_at = now() - interval '1 second'`;
      expect(await other.sweep()).toMatchObject({ unreferencedFiles: 1, abandonedUploads: 1 });
      const answer = await finish(request);
      expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('SERVICE_UNAVAILABLE')]);
      expect(await other.sql`select id from materials`).toHaveLength(0);
      await until('nothing to be left', () => filesBelow(files.path).length === 0 || undefined);
    });

    test('takes what it left when it was killed and its machine is gone', async () => {
      await begin();
      await server.kill();
      expect(await other.sweep()).toMatchObject({ unreferencedFiles: 0 });
      await other.sql`update uploads set expires_at = now()`;
      expect(await other.sweep()).toMatchObject({ unreferencedFiles: 1, removedFiles: 1 });
      expect(filesBelow(files.path)).toEqual([]);
    });
  });

  test('is done by one instance at a time', async () => {
    await Promise.all(Array.from({ length: 300 }, () => leave(2)));
    const reports = await Promise.all([other.sweep({ force: true }), other.sweep({ force: true })]);
    expect(reports.filter((report) => report === undefined)).toHaveLength(1);
  });

  test('does not empty a store for which it has the wrong database, unless it is told to', async () => {
    await Promise.all(Array.from({ length: 150 }, () => leave(2)));
    expect(await other.sweep()).toMatchObject({ unreferencedFiles: 150, removedFiles: 0 });
    expect(filesBelow(files.path)).toHaveLength(150);
    expect(await other.sweep({ force: true })).toMatchObject({ removedFiles: 150 });
    expect(filesBelow(files.path)).toEqual([]);
  });

  test('runs by itself, once a day on one of the instances', async () => {
    const jobs = Array.from(
      { length: 3 },
      () => new SweepJob({ services: other.services, trashDays: 30, auditDays: 400, firstMs: 0 }),
    );
    for (const job of jobs) job.start();
    const swept = () => other.told.filter((text) => text === 'swept').length;
    await until('a sweep', () => swept() > 0 || undefined);
    for (const job of jobs) await job.stop();
    expect(swept()).toBe(1);
    await other.sql`update task_runs set begun_at = now() - interval '25 hours'`;
    const next = new SweepJob({ services: other.services, trashDays: 30, auditDays: 400, firstMs: 0 });
    next.start();
    await until('another sweep', () => swept() === 2 || undefined);
    await next.stop();
  });

  test('takes files out of the spool that nobody uses', async () => {
    const spool = join(server.dataDir, 'spool');
    await writeFile(join(spool, 'old'), 'left');
    await writeFile(join(spool, 'new'), 'left');
    await age(join(spool, 'old'), 2);
    const own = await Spool.open(spool);
    const used = await own.create('used');
    await age(join(spool, 'used'), 2);
    expect(await sweep({ ...other.services, spool: own }, { trashDays: 30, auditDays: 400 })).toMatchObject({
      spoolFiles: 1,
    });
    expect(['old', 'new', 'used'].map((name) => existsSync(join(spool, name)))).toEqual([false, true, true]);
    await used.remove();
  });
});

/** What an instance on another machine has: the same database and the same store. */
class OtherInstance {
  readonly services: SweepServices;
  readonly errors: string[] = [];
  readonly told: string[] = [];
  readonly #db: Database;
  readonly #bus: PostgresEventBus;

  private constructor(db: Database, store: LocalStore, bus: PostgresEventBus) {
    this.#db = db;
    this.#bus = bus;
    const log = {
      debug: () => {},
      info: (_fields: object, message: string) => void this.told.push(message),
      warn: (fields: object) => void this.errors.push(Bun.inspect(fields)),
      error: (fields: object) => void this.errors.push(Bun.inspect(fields)),
    };
    this.services = { db, store, events: bus, log };
  }

  static async open(url: string, directory: string): Promise<OtherInstance> {
    const db = openDatabase(url);
    const bus = new PostgresEventBus({
      sql: db.$client,
      connectListener: (events) => connectListener(url, events),
      onError: () => {},
    });
    return new OtherInstance(db, await LocalStore.open(directory), bus);
  }

  get sql() {
    return this.#db.$client;
  }

  sweep(options: Partial<SweepOptions> = {}) {
    return sweep(this.services, { trashDays: 30, auditDays: 400, ...options });
  }

  async close(): Promise<void> {
    await this.#bus.close();
    await this.#db.$client.end({ timeout: 1 });
  }
}

function newKey(): string {
  const id = Bun.randomUUIDv7();
  return `${id.slice(0, 5)}/${id}`;
}

async function age(path: string, hours: number): Promise<void> {
  const then = new Date(Date.now() - hours * HOUR_MS);
  await utimes(path, then, then);
}
