import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { type Filled, fill, lost, shown, wrongFiles } from '../support/backup.ts';
import { createBucket, findCeph } from '../support/ceph.ts';
import { cliJson, runCli, spawnCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { purge } from '../support/material-life.ts';
import { canMount, mountSmallDisk } from '../support/mounts.ts';
import { uniquePng } from '../support/pictures.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: StockroomServer;
let filled: Filled;
let archive: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startStockroom();
  filled = await fill(server);
  archive = join(directory.path, 'stockroom.tar');
  await cliJson(['backup', archive], { env: { DATA_DIR: server.dataDir } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

describe('a backup', () => {
  test('restores into an empty directory: files, logins, links, tokens and members', async () => {
    await using data = await temporaryDirectory();
    const env = { DATA_DIR: data.path };
    const report = await cliJson<{ files: number }>(['restore', archive], { env });
    expect(report.files).toBe(filled.materials.length);
    expect(await lost({ dataDir: data.path }, filled)).toEqual([]);
    expect(existsSync(join(data.path, 'restore'))).toBe(false);
  });

  test.skipIf(missing('PostgreSQL', findPostgres()))('moves to a DATABASE_URL', async () => {
    await using database = await startPostgres();
    await using data = await temporaryDirectory();
    const env = { DATA_DIR: data.path, DATABASE_URL: await database.createDatabase() };
    // Its first administrator and mall give way.
    await using first = await startStockroom({ dataDir: data.path, env });
    const beside = await runCli(['restore', archive], { env });
    expect([beside.exitCode, beside.stderr]).toEqual([1, expect.stringContaining('stop it first')]);
    await first.stop();
    // As a server of another machine has it.
    const sql = postgres(env.DATABASE_URL, { max: 1, connection: { application_name: 'stockroom' } });
    await sql`select 1`;
    const remote = await runCli(['restore', archive], { env });
    await sql.end();
    expect([remote.exitCode, remote.stderr]).toEqual([1, expect.stringContaining('stop it first')]);
    await cliJson(['restore', archive], { env });
    expect(await lost({ dataDir: data.path, env }, filled)).toEqual([]);
  });

  test.skipIf(missing('Ceph', findCeph()))('moves from the disk to S3', async () => {
    const bucket = await createBucket();
    await using data = await temporaryDirectory();
    const env = { DATA_DIR: data.path, ...bucket.env() };
    await cliJson(['restore', archive], { env });
    expect(await bucket.objects()).toHaveLength(filled.materials.length);
    expect(await lost({ dataDir: data.path, env }, filled)).toEqual([]);
  });

  test('is of one instant while files come and go', async () => {
    await using busy = await startStockroom({ env: { USER_REQUESTS_PER_MINUTE: '0' } });
    const client = await Client.loggedIn(busy.url);
    const big = new File([uniquePng(30 * 1024 * 1024)], 'big.png');
    await client.upload([big, ...Array.from({ length: 40 }, () => new File([uniquePng(60_000)], 'a.png'))]);
    const path = join(directory.path, 'busy.tar');
    let isOver = false;
    const churn = (async () => {
      while (!isOver) {
        const added = await client.upload([new File([uniquePng(50_000)], 'b.png')]);
        const [oldest] = (await shown(client)).filter(({ id }) => id !== added[0]?.id);
        if (oldest) await purge(client, [oldest.id]);
      }
    })();
    try {
      for (let round = 0; round < 3; round++) {
        await cliJson(['backup', path, '--force'], { env: { DATA_DIR: busy.dataDir } });
        await using data = await temporaryDirectory();
        const { files } = await cliJson<{ files: number }>(['restore', path], {
          env: { DATA_DIR: data.path },
        });
        await using copy = await startStockroom({ dataDir: data.path });
        const restored = await Client.loggedIn(copy.url);
        const materials = await shown(restored);
        // One more while a material is purged between its rows.
        expect(files - materials.length).toBeOneOf([0, 1]);
        expect(await wrongFiles(restored, materials)).toEqual([]);
      }
    } finally {
      isOver = true;
      await churn;
    }
  });

  test('is read by other tars, only its owner may read it, and it replaces nothing unasked', async () => {
    const listed = Bun.spawnSync(['tar', '-tf', archive], { stderr: 'pipe' });
    expect([listed.exitCode, listed.stderr.toString()]).toEqual([0, '']);
    const names = listed.stdout.toString().trim().split('\n');
    expect(names.filter((name) => name.startsWith('files/'))).toHaveLength(filled.materials.length);
    expect([names[0], names.at(-1)]).toEqual(['manifest.json', 'end.json']);
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    const again = await runCli(['backup', archive], { env: { DATA_DIR: server.dataDir } });
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('there already')]);
  });

  test('to standard output is the same archive', async () => {
    const child = spawnCli(['backup', '-'], { DATA_DIR: server.dataDir });
    const path = join(directory.path, 'piped.tar');
    await Bun.write(path, await new Response(child.stdout).arrayBuffer());
    expect(await child.exited).toBe(0);
    await using data = await temporaryDirectory();
    await cliJson(['restore', path], { env: { DATA_DIR: data.path } });
  });

  test('fails when a file is missing, and leaves nothing', async () => {
    await using own = await startStockroom();
    await fill(own, 3);
    const [file = ''] = filesBelow(join(own.dataDir, 'files'));
    await Bun.file(join(own.dataDir, 'files', file)).delete();
    const target = join(own.dataDir, 'x.tar');
    const { exitCode, stderr } = await runCli(['backup', target], { env: { DATA_DIR: own.dataDir } });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`${file} is missing`)]);
    expect([existsSync(target), existsSync(`${target}.part`)]).toEqual([false, false]);
  });

  test.skipIf(missing('mount', canMount()))('onto a full disk fails, and leaves nothing', async () => {
    const path = join(directory.path, 'small');
    await mkdir(path);
    using _ = mountSmallDisk(path, 1);
    const small = join(path, 'x.tar');
    await using own = await startStockroom();
    await (await Client.loggedIn(own.url)).upload([new File([uniquePng(3 * 1024 * 1024)], 'a.png')]);
    const { exitCode, stderr } = await runCli(['backup', small], { env: { DATA_DIR: own.dataDir } });
    expect([exitCode, stderr.trimEnd().split('\n').length]).toEqual([1, 1]);
    expect(await readdir(path)).toEqual([]);
  });

  test('that is killed leaves no archive, and the next is made', async () => {
    await using own = await startStockroom();
    const client = await Client.loggedIn(own.url);
    for (let i = 0; i < 4; i++) await client.upload([new File([uniquePng(40 * 1024 * 1024)], 'a.png')]);
    const path = join(own.dataDir, 'x.tar');
    const child = spawnCli(['backup', path], { DATA_DIR: own.dataDir });
    await until('the archive to grow', () => existsSync(`${path}.part`) || undefined, 30_000);
    child.kill('SIGKILL');
    await child.exited;
    expect(existsSync(path)).toBe(false);
    await until(
      'the lock of the killed one to go',
      async () => {
        const { exitCode } = await runCli(['backup', path], { env: { DATA_DIR: own.dataDir } });
        return exitCode === 0 || undefined;
      },
      30_000,
    );
    expect(existsSync(`${path}.part`)).toBe(false);
  });
});

describe('a restore', () => {
  test('that is killed can be repeated, and shows nothing before', async () => {
    await using data = await temporaryDirectory();
    const env = { DATA_DIR: data.path };
    const child = spawnCli(['restore', archive], env);
    await until('the first file', () => filesBelow(join(data.path, 'files')).length > 0 || undefined, 30_000);
    child.kill('SIGKILL');
    // On a busy machine it may have been done before.
    if ((await child.exited) !== 0) await cliJson(['restore', archive], { env });
    expect(await lost({ dataDir: data.path }, filled)).toEqual([]);
  });

  test('is refused beside a server, and where there is something already', async () => {
    const env = { DATA_DIR: server.dataDir };
    const beside = await runCli(['restore', archive], { env });
    expect([beside.exitCode, beside.stderr]).toEqual([1, expect.stringContaining('stop it first')]);
    await using data = await temporaryDirectory();
    const restore = () => runCli(['restore', archive], { env: { DATA_DIR: data.path } });
    expect((await restore()).exitCode).toBe(0);
    expect(await restore()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('in use here already'),
    });
  });

  test('of a file that is not there says so in one line', async () => {
    await using data = await temporaryDirectory();
    const { exitCode, stderr } = await runCli(['restore', join(data.path, 'x')], {
      env: { DATA_DIR: data.path },
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^stockroom: .*ENOENT.*\n$/)]);
  });

  test('of a store that cannot be written leaves no rows', async () => {
    await using data = await temporaryDirectory();
    const store = join(data.path, 'store');
    await mkdir(store);
    // A file where a folder is to be made.
    const folder = filesBelow(join(server.dataDir, 'files'))[0]?.split('/')[0] ?? '';
    await Bun.write(join(store, folder), '');
    const env = { DATA_DIR: data.path, STORAGE_URL: `file:${store}` };
    expect((await runCli(['restore', archive], { env })).exitCode).toBe(1);
    await Bun.file(join(store, folder)).delete();
    expect((await runCli(['restore', archive], { env })).exitCode).toBe(0);
  });
});
