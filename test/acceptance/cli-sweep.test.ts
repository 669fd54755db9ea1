import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliJson, runCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { filesBelow } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

const HOUR_MS = 3_600_000;
/** What src/services/sweep/sweep.ts locks. */
const SWEEP_LOCK = 7_305_004;

interface Report {
  readonly removedFiles: number;
  readonly spoolFiles: number;
}

describeEachDatabase('the sweep by hand', (fresh) => {
  let server: StockroomServer;
  let env: Record<string, string>;
  let client: Client;
  beforeEach(async () => {
    const database = await fresh();
    server = await startStockroom({ env: database });
    env = { DATA_DIR: server.dataDir, ...database };
    client = await Client.loggedIn(server.url);
  });
  afterEach(async () => await server[Symbol.asyncDispose]());

  const stored = () => filesBelow(join(server.dataDir, 'files'));
  const upload = async () => {
    const before = new Set(stored());
    await client.upload([new File([uniquePng()], 'a.png')]);
    return stored().find((key) => !before.has(key)) ?? '';
  };
  /** A file in the store without a row. */
  const leave = async (hoursAgo: number) => {
    const id = Bun.randomUUIDv7();
    const key = join(id.slice(0, 5), id);
    await writeAged(join(server.dataDir, 'files', key), hoursAgo);
    return key;
  };

  test('removes bytes that no row names when they are old, and nothing when it is only to look', async () => {
    const kept = await upload();
    const [old, recent] = [await leave(2), await leave(0.5)];
    const look = await runCli(['sweep', '--dry-run'], { env });
    expect(look).toEqual({
      exitCode: 0,
      stdout: 'Would remove 1 file without a row, 4 B\nLooked at 1 file with a row\n',
      stderr: '',
    });
    expect(stored()).toEqual([kept, old, recent].sort());

    const swept = await runCli(['sweep'], { env });
    expect(swept).toEqual({
      exitCode: 0,
      stdout: 'Removed 1 file without a row, 4 B\nLooked at 1 file with a row\n',
      stderr: '',
    });
    expect(stored()).toEqual([kept, recent].sort());
    expect(await cliJson<object>(['sweep'], { env })).toMatchObject({
      dryRun: false,
      files: 1,
      removedFiles: 0,
      missingFiles: [],
    });
  });

  test('leaves the spool to a server that runs, and clears it when none does', async () => {
    const path = join(server.dataDir, 'spool', Bun.randomUUIDv7());
    await writeAged(path, 2);
    expect(await cliJson<Report>(['sweep'], { env })).toMatchObject({ spoolFiles: 0 });
    expect(existsSync(path)).toBe(true);

    await server.stop();
    expect(await cliJson<Report>(['sweep', '--dry-run'], { env })).toMatchObject({ spoolFiles: 1 });
    expect(existsSync(path)).toBe(true);
    expect((await runCli(['sweep'], { env })).stdout).toContain('Removed 1 file from the spool\n');
    expect(existsSync(path)).toBe(false);
  });

  test('touches nothing of an upload that another process has under way', async () => {
    const sql = await openSql(server, env);
    await sql`insert into uploads (id, started_at, expires_at)
      values (${Bun.randomUUIDv7()}, now() - interval '4 hours', now() + interval '1 hour')`;
    const sent = await leave(3);
    expect(await cliJson<Report>(['sweep'], { env })).toMatchObject({ removedFiles: 0 });
    expect(stored()).toEqual([sent]);
    await sql`update uploads set expires_at = now()`;
    await sql.end();
    expect(await cliJson<Report>(['sweep'], { env })).toMatchObject({ removedFiles: 1 });
  });

  test('tells each file that is missing or cut, and fails', async () => {
    const [lost, cut] = [await upload(), await upload()];
    await rm(join(server.dataDir, 'files', lost));
    await truncate(join(server.dataDir, 'files', cut), 7);
    const { exitCode, stdout, stderr } = await runCli(['sweep'], { env });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`^Missing: ${lost}, \\d+ bytes$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^Wrong size: ${cut}, 7 bytes instead of \\d+$`, 'm'));
    expect(stderr).toBe('stockroom: 2 files missing or of a wrong size\n');

    const json = await runCli(['sweep', '--dry-run', '--json'], { env });
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      missingFiles: [{ storageKey: lost, stored: null }],
      wrongSizes: [{ storageKey: cut, stored: 7 }],
    });
  });

  test('removes no files where most have no rows, unless it is forced', async () => {
    for (let left = 0; left < 101; left++) await leave(2);
    const { exitCode, stdout } = await runCli(['sweep'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Left 101 files without a row, 404 B: most files have no row.');
    expect(stored()).toHaveLength(101);
    expect((await runCli(['sweep', '--force'], { env })).stdout).toContain('Removed 101 files without a row');
    expect(stored()).toEqual([]);
  });

  test('says so while another instance sweeps', async () => {
    const sql = await openSql(server, env);
    try {
      await sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(${SWEEP_LOCK})`;
        expect(await runCli(['sweep', '--json'], { env })).toEqual({
          exitCode: 1,
          stdout: '',
          stderr: 'stockroom: another instance sweeps at this moment; try again when it is done\n',
        });
      });
    } finally {
      await sql.end();
    }
  });
});

async function writeAged(path: string, hoursAgo: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'left');
  const at = new Date(Date.now() - hoursAgo * HOUR_MS);
  await utimes(path, at, at);
}
