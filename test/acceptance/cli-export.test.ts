import { expect, test } from 'bun:test';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cliJson, runCli, spawnCli } from '../support/cli.ts';
import { Client, fixture } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { holdMaterials } from '../support/export-jobs.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

interface Written {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

describeEachDatabase('the export of a report by hand', (fresh) => {
  test('writes a file beside the server or without it, and never over another', async () => {
    const database = await fresh();
    await using directory = await temporaryDirectory();
    await using server = await startStockroom({ env: database });
    const env = { DATA_DIR: server.dataDir, TIME_ZONE: 'Asia/Shanghai', ...database };
    const client = await Client.loggedIn(server.url);
    await client.upload([await fixture('tiny.gif'), await fixture('plain.png')]);

    const path = join(directory.path, 'all.csv');
    const first = await cliJson<Written>(['export', 'materials', '--out', path], { env });
    expect(first).toMatchObject({ path, rows: 2 });
    const text = await readFile(path, 'utf8');
    expect(text).toContain('tiny.gif');
    expect(Buffer.byteLength(text)).toBe(first.bytes);
    const again = await runCli(['export', 'materials', '--out', path], { env });
    expect(again).toMatchObject({ exitCode: 1, stdout: '', stderr: `stockroom: ${path} is there already\n` });

    await server.stop();
    const narrowed = ['export', 'materials', '--filter', 'kind=VIDEO', '--out', directory.path];
    const none = await cliJson<Written>(narrowed, { env });
    expect(none.rows).toBe(0);
    expect(none.path.slice(directory.path.length + 1)).toMatch(/^\d{14}-\d{6}\.xlsx$/);
    expect((await readFile(none.path)).subarray(0, 2).toString()).toBe('PK');
    const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
    expect(none.path).toContain(`/${day.replaceAll('-', '')}`);
    const inWords = await runCli(
      ['export', 'materials', '--lang', 'zh', '--out', join(directory.path, 'b.csv')],
      { env },
    );
    expect(inWords).toMatchObject({ exitCode: 0, stderr: '' });
    expect(inWords.stdout).toMatch(/^Wrote 2 rows, \S+ \S+, to .*b\.csv\n$/);
    expect((await readdir(directory.path)).length).toBe(3);
  }, 120_000);

  test('tells what is wrong in one line, and leaves nothing', async () => {
    const database = await fresh();
    await using directory = await temporaryDirectory();
    await using data = await temporaryDirectory();
    const env = { DATA_DIR: data.path, ...database };
    await writeFile(join(directory.path, 'file'), '');
    const before = await readdir(directory.path);
    for (const [args, exitCode, reason] of [
      [['nothing'], 1, /^stockroom: there is no report nothing, but activity, .*materials/],
      [['materials', '--start', 'yesterday'], 1, /^stockroom: .*startTime must be a day/],
      [['materials', '--mall', 'x'], 1, /^stockroom: .*mallId must be the number of a mall/],
      [['materials', '--mall', '77'], 1, /^stockroom: There is no such thing here/],
      [['materials', '--filter', 'kind'], 2, /^stockroom: .*name=value/],
      [['materials', '--format', 'pdf'], 2, /^stockroom: .*Allowed choices are xlsx, csv/],
      [['materials', '--out', join(directory.path, 'no/where.csv')], 1, /^stockroom: there is no directory/],
    ] as const) {
      const run = await runCli(
        ['export', ...args, ...(args.includes('--out' as never) ? [] : ['--out', directory.path])],
        { env },
      );
      expect([args, run.exitCode, run.stdout]).toEqual([args, exitCode, '']);
      expect(run.stderr).toMatch(reason);
      expect(run.stderr.trimEnd().split('\n').length).toBe(1);
    }
    expect(await readdir(directory.path)).toEqual(before);
  }, 120_000);
});

test.skipIf(missing('PostgreSQL', findPostgres()))(
  'the export of a report by hand leaves nothing when it is interrupted',
  async () => {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await using directory = await temporaryDirectory();
    await using server = await startStockroom({ env: { DATABASE_URL: url } });
    await using held = await holdMaterials(url);
    const env = { DATA_DIR: server.dataDir, DATABASE_URL: url };
    const child = spawnCli(['export', 'materials', '--out', directory.path], env);
    await until(
      'the file to be begun',
      async () => (await readdir(directory.path)).length === 1 || undefined,
      30_000,
    );
    child.kill('SIGINT');
    expect(await child.exited).toBe(1);
    expect(await readdir(directory.path)).toEqual([]);
    await held[Symbol.asyncDispose]();
  },
  60_000,
);
