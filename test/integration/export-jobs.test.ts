import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import postgres from 'postgres';
import { cliJson } from '../support/cli.ts';
import { Client, fixture } from '../support/client.ts';
import {
  addMaterials,
  cancelExport,
  type ExportJob,
  exportJob,
  holdMaterials,
  JOB_FIELDS,
  jobIn,
  startExport,
} from '../support/export-jobs.ts';
import { filesBelow } from '../support/files.ts';
import { canMount, mountSmallDisk } from '../support/mounts.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { result, subscribe } from '../support/subscription.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { newUser, outcomeOf } from '../support/users.ts';

const FINISHED = ['DONE', 'FAILED', 'CANCELLED', 'EXPIRED'];
const START =
  'mutation { startExport(report: "materials", startTime: "2020-01-01", endTime: "2040-12-31") { id } }';
const PROGRESS = `subscription ($id: ID!) { exportProgress(jobId: $id) { ${JOB_FIELDS} } }`;

describe.skipIf(missing('PostgreSQL', findPostgres()))('exports in the background', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => await database.stop());

  let url: string;
  let sql: postgres.Sql;
  let files: { readonly path: string } & AsyncDisposable;
  let env: Record<string, string>;
  let one: StockroomServer;
  let admin: Client;
  beforeEach(async () => {
    url = await database.createDatabase();
    sql = postgres(url, { max: 1, onnotice: () => {} });
    files = await temporaryDirectory();
    env = { DATABASE_URL: url, STORAGE_URL: `file:${files.path}` };
    one = await startStockroom({ env });
    admin = await Client.loggedIn(one.url);
    await admin.upload([await fixture('tiny.gif')]);
  });
  afterEach(async () => {
    await one[Symbol.asyncDispose]();
    await sql.end({ timeout: 1 });
    await files[Symbol.asyncDispose]();
  });

  const exportsKept = () => filesBelow(files.path).filter((key) => key.startsWith('exports/'));
  const beside = async (server: StockroomServer) => {
    const client = new Client(server.url);
    client.cookie = admin.cookie;
    return client;
  };

  test('give a file that its maker downloads, whole and in parts', async () => {
    await addMaterials(url, 1000);
    const started = await startExport(admin);
    expect(started).toMatchObject({
      state: 'QUEUED',
      percent: null,
      url: null,
      error: null,
      finishedAt: null,
    });
    const done = await jobIn(admin, started.id, FINISHED);
    expect(done).toMatchObject({ state: 'DONE', rowsDone: 1001, rowsTotal: 1001, percent: 100, error: null });
    expect(done.filename).toMatch(/^\d{14}-\d{6}\.csv$/);
    expect(done.url).toBe(`${one.url}/exports/jobs/${done.id}`);
    const days = (Date.parse(done.expiresAt) - Date.parse(done.createdAt)) / 86_400_000;
    expect(days).toBe(7);

    const whole = await admin.send(done.url ?? '');
    const bytes = await whole.bytes();
    expect(bytes.byteLength).toBe(done.bytes);
    expect(new TextDecoder().decode(bytes).match(/copy \d+\.png/g)?.length).toBe(1000);
    expect(whole.headers.get('content-disposition')).toContain(done.filename);
    expect(whole.headers.get('content-type')).toStartWith('text/csv');
    expect(whole.headers.get('cache-control')).toStartWith('private');
    const part = await admin.send(done.url ?? '', { headers: { range: 'bytes=5-9' } });
    expect([part.status, await part.text()]).toEqual([206, new TextDecoder().decode(bytes.slice(5, 10))]);
    const etag = whole.headers.get('etag') ?? '';
    expect((await admin.send(done.url ?? '', { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(done.url ?? '')).status).toBe(401);
    const [event] = await sql`select * from audit_events where action = 'export.finished'`;
    expect(event).toMatchObject({ subject_id: done.id, subject_name: done.filename, actor_id: 1 });
  });

  test('are told as they go, until they end', async () => {
    const held = await holdMaterials(url);
    const { id } = await startExport(admin);
    await using progress = await subscribe(admin, PROGRESS, { id });
    const in_ = (state: string) => (data: Record<string, unknown>) => {
      const job = data.exportProgress as ExportJob;
      return job.state === state ? job : undefined;
    };
    await result(progress, 'the beginning', in_('RUNNING'));
    await held[Symbol.asyncDispose]();
    const done = await result(progress, 'the end', in_('DONE'));
    expect(done.percent).toBe(100);
    await until('the end of the stream', () => progress.isOver || undefined);
    await using late = await subscribe(admin, PROGRESS, { id });
    await until('the end of a late stream', () => late.isOver || undefined);
    expect(late.results.length).toBe(1);
  });

  test('are cancelled from another instance, and leave nothing', async () => {
    await using two = await startStockroom({ env });
    const held = await holdMaterials(url);
    const { id } = await startExport(admin);
    await jobIn(admin, id, ['RUNNING']);
    const cancelled = await cancelExport(await beside(two), id);
    expect(cancelled.state).toBe('CANCELLED');
    // It still waits for the rows, and is not let go on.
    await until('its bytes to go', () => filesBelow(join(one.dataDir, 'spool')).length === 0 || undefined);
    await held[Symbol.asyncDispose]();
    expect((await cancelExport(admin, id)).state).toBe('CANCELLED');
    expect(exportsKept()).toEqual([]);
  });

  test('go on elsewhere when their instance is killed, and give one file', async () => {
    const held = await holdMaterials(url);
    const { id } = await startExport(admin);
    await jobIn(admin, id, ['RUNNING']);
    await one.kill();
    await using two = await startStockroom({ env });
    await held[Symbol.asyncDispose]();
    const done = await jobIn(await beside(two), id, FINISHED, 60_000);
    expect(done).toMatchObject({ state: 'DONE', rowsDone: 1, error: null });
    expect(exportsKept().length).toBe(1);
    // What the killed one had in its spool is gone at its next start.
    one = await startStockroom({ env, dataDir: one.dataDir });
    expect(filesBelow(join(one.dataDir, 'spool'))).toEqual([]);
    expect(exportsKept().length).toBe(1);
  }, 90_000);

  test('go on elsewhere at once when their instance stops', async () => {
    await using two = await startStockroom({ env });
    const held = await holdMaterials(url);
    const { id } = await startExport(admin);
    await jobIn(admin, id, ['RUNNING']);
    const [row] = await sql`select started_at from export_jobs where id = ${id}`;
    const stopped = one.stop();
    await held[Symbol.asyncDispose]();
    expect(await stopped).toBe(0);
    const done = await jobIn(await beside(two), id, FINISHED);
    expect(done).toMatchObject({ state: 'DONE', rowsDone: 1 });
    expect(row?.started_at).toBeDate();
    expect(exportsKept().length).toBe(1);
  }, 60_000);

  test('outlast a restart of the database', async () => {
    const held = await holdMaterials(url);
    const { id } = await startExport(admin);
    await jobIn(admin, id, ['RUNNING']);
    await database.restart(async () => {});
    await held[Symbol.asyncDispose]();
    sql = postgres(url, { max: 1, onnotice: () => {} });
    const done = await until(
      'the export',
      async () => {
        const job = await exportJob(admin, id).catch(() => null);
        return job && FINISHED.includes(job.state) ? job : undefined;
      },
      60_000,
    );
    expect(done).toMatchObject({ state: 'DONE', rowsDone: 1 });
    expect(exportsKept().length).toBe(1);
  }, 90_000);

  test('of one user are bounded while they are not finished', async () => {
    const held = await holdMaterials(url);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(admin, START)));
    expect(outcomes.filter((code) => code === 'OK').length).toBe(5);
    expect(outcomes.filter((code) => code === 'RATE_LIMITED').length).toBe(3);
    await held[Symbol.asyncDispose]();
    await until('room again', async () => {
      const code = await outcomeOf(admin, START);
      return code === 'OK' || undefined;
    });
  });

  test('fail when whoever asked for them is disabled meanwhile', async () => {
    const user = await newUser(admin, { malls: { 1: 'VIEWER' } });
    const held = await holdMaterials(url);
    // Both places are taken, so that theirs waits.
    const others = [await startExport(admin), await startExport(admin)];
    for (const { id } of others) await jobIn(admin, id, ['RUNNING']);
    const { id } = await startExport(user.client);
    await admin.data('mutation ($id: Int!) { updateUser(id: $id, disabled: true) { id } }', { id: user.id });
    await held[Symbol.asyncDispose]();
    const failed = await jobIn(admin, id, FINISHED);
    expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'FORBIDDEN' }, url: null });
  });

  test("are seen by their maker and administrators, and nobody's link outlasts the maker", async () => {
    const [maker, other] = [
      await newUser(admin, { malls: { 1: 'VIEWER' } }),
      await newUser(admin, { malls: { 1: 'OWNER' } }),
    ];
    const { id } = await startExport(maker.client);
    const done = await jobIn(maker.client, id, FINISHED);
    expect(done.state).toBe('DONE');
    expect(await exportJob(other.client, id)).toBeNull();
    expect((await exportJob(admin, id))?.state).toBe('DONE');
    expect((await other.client.send(done.url ?? '')).status).toBe(404);
    expect((await admin.send(done.url ?? '')).status).toBe(200);
    expect(await outcomeOf(other.client, `mutation { cancelExport(id: "${id}") { id } }`)).toBe('NOT_FOUND');

    const link = `mutation { createExportJobLink(id: "${id}", expiresInSeconds: 600) { url } }`;
    expect(await outcomeOf(other.client, link)).toBe('NOT_FOUND');
    const made = await maker.client.data<{ createExportJobLink: { url: string } }>(link);
    const address = made.createExportJobLink.url;
    expect((await fetch(address)).status).toBe(200);
    expect((await fetch(address.replace('expires=', 'expires=1'))).status).toBe(403);
    await admin.data('mutation ($id: Int!) { updateUser(id: $id, disabled: true) { id } }', { id: maker.id });
    expect((await fetch(address)).status).toBe(403);
  });

  test('expire: the file goes, then what is known of it, and unknown files are swept', async () => {
    const { id } = await startExport(admin);
    const done = await jobIn(admin, id, FINISHED);
    const env_ = { ...env, DATA_DIR: one.dataDir };
    expect(await cliJson(['sweep'], { env: env_ })).toMatchObject({
      exports: { files: 0, jobs: 0 },
      files: 2,
      missingFiles: [],
      foreignFiles: 0,
    });
    expect(await cliJson(['verify'], { env: env_ })).toMatchObject({ files: 2, faults: [] });
    await sql`update export_jobs set expires_at = now() - interval '1 second'`;
    expect(await exportJob(admin, id)).toMatchObject({ state: 'EXPIRED', url: null });
    expect((await admin.send(done.url ?? '')).status).toBe(404);
    expect(exportsKept().length).toBe(1);
    expect(await cliJson(['sweep'], { env: env_ })).toMatchObject({ exports: { files: 1, jobs: 0 } });
    expect(exportsKept()).toEqual([]);
    expect(await exportJob(admin, id)).toMatchObject({ state: 'EXPIRED', url: null });
    await sql`update export_jobs set expires_at = now() - interval '31 days'`;
    expect(await cliJson(['sweep'], { env: env_ })).toMatchObject({ exports: { files: 0, jobs: 1 } });
    expect(await exportJob(admin, id)).toBeNull();
  }, 60_000);

  test('fail where the spool has no room, and leave nothing', async () => {
    await using small = await startStockroom({ env: { ...env, SPOOL_BYTES: '500' } });
    await one.stop();
    const client = await beside(small);
    const { id } = await startExport(client, { format: 'XLSX' });
    const failed = await jobIn(client, id, FINISHED);
    expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'STORAGE_FULL' }, url: null });
    expect(failed.error?.message).not.toBe('');
    expect([exportsKept(), filesBelow(join(small.dataDir, 'spool'))]).toEqual([[], []]);
  }, 60_000);

  test.skipIf(missing('a file system of its own', canMount()))(
    'fail where the store has no room, and leave nothing',
    async () => {
      await addMaterials(url, 10_000);
      await one.stop();
      await using disk = await temporaryDirectory();
      using _mounted = mountSmallDisk(disk.path, 1);
      await using small = await startStockroom({ env: { ...env, STORAGE_URL: `file:${disk.path}` } });
      const client = await beside(small);
      const { id } = await startExport(client);
      const failed = await jobIn(client, id, FINISHED, 60_000);
      expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'STORAGE_FULL' }, url: null });
      expect([filesBelow(disk.path), filesBelow(join(small.dataDir, 'spool'))]).toEqual([[], []]);
    },
    90_000,
  );
});
