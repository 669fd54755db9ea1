import { describe, expect, test } from 'bun:test';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import connect from 'postgres';
import { runCli } from '../support/cli.ts';
import { freePort } from '../support/ports.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { missingRedis, startRedis } from '../support/redis.ts';
import { missing } from '../support/services.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Finding {
  readonly name: string;
  readonly state: 'fine' | 'warning' | 'failed';
  readonly found: string;
  readonly advice?: string;
}

async function examine(env: Record<string, string>) {
  const { exitCode, stdout, stderr } = await runCli(['doctor', '--json'], { env });
  const findings = JSON.parse(stdout) as Finding[];
  const of = (name: string) => findings.find((finding) => finding.name === name);
  const failed = findings.filter(({ state }) => state === 'failed').map(({ name }) => name);
  return { exitCode, stdout, stderr, findings, of, failed };
}

describe('doctor', () => {
  test('finds all well in an empty directory, and leaves it empty', async () => {
    await using directory = await temporaryDirectory();
    const env = { DATA_DIR: join(directory.path, 'data'), PORT: '0' };
    const { exitCode, failed, of } = await examine(env);
    expect([exitCode, failed]).toEqual([0, []]);
    expect(of('database')?.found).toContain('the first start makes it');
    expect(of('pictures')?.found).toMatch(/jpeg, png, webp, avif, gif, tiff/);
    expect(of('console')?.found).toMatch(/^built on /);
    expect(await readdir(directory.path)).toEqual([]);
    const { stdout } = await runCli(['doctor'], { env });
    expect(stdout).toMatch(/^✓ configuration: /);
  });

  test('looks at a server that runs, and disturbs it in nothing', async () => {
    await using server = await startStockroom();
    const { port } = new URL(server.url);
    const { exitCode, findings, of } = await examine({ DATA_DIR: server.dataDir, PORT: port });
    expect(exitCode).toBe(0);
    expect(of('database')?.found).toMatch(/^PostgreSQL 18.*, embedded, answers in \d+ ms$/);
    expect(of('migrations')).toEqual({ name: 'migrations', state: 'fine', found: 'all are applied' });
    expect(of('storage')?.found).toContain('wrote, read and removed');
    expect(of('address')?.found).toContain('a server answers there');
    expect(findings.every(({ state, advice }) => state === 'fine' || advice !== undefined)).toBe(true);
    expect(await readdir(join(server.dataDir, 'files'), { recursive: true })).not.toContain('doctor/');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test('names every variable that is wrong, what it holds and what it may hold', async () => {
    const { exitCode, findings, stderr } = await examine({
      PORT: 'eighty',
      ADMIN_PASSWORD: 'short',
      TIME_ZONE: 'Mars/Olympus',
    });
    expect(exitCode).toBe(1);
    expect(findings.map(({ found }) => found.split(':')[0])).toEqual([
      'PORT=eighty',
      'TIME_ZONE=Mars/Olympus',
      'ADMIN_PASSWORD=(hidden)',
    ]);
    expect(stderr).toBe('stockroom: 3 things are wrong\n');
  });

  test('names a contradiction of two values that are fine by themselves', async () => {
    const { findings } = await examine({ MAX_FILE_BYTES: '2000', MAX_REQUEST_BYTES: '1000' });
    expect(findings[0]).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('MAX_REQUEST_BYTES'),
    });
  });

  test('says what does not answer, what to do, and no password', async () => {
    const port = await freePort();
    const { exitCode, failed, stdout, findings } = await examine({
      PORT: '0',
      DATABASE_URL: `postgres://stockroom:hush@127.0.0.1:${port}/stockroom`,
      REDIS_URL: `redis://:hush@127.0.0.1:${port}/0`,
      STORAGE_URL: `s3://media?endpoint=http://127.0.0.1:${port}`,
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'hush',
    });
    expect([exitCode, failed]).toEqual([1, ['database', 'Redis', 'storage']]);
    expect(stdout).not.toContain('hush');
    expect(findings.filter(({ state }) => state === 'failed').every(({ advice }) => advice)).toBe(true);
  });

  test('sees an address that another program has', async () => {
    const other = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response('no', { status: 404 }),
    });
    try {
      const { failed, of } = await examine({ PORT: String(other.port) });
      expect(failed).toEqual(['address']);
      expect(of('address')?.advice).toContain('PORT');
    } finally {
      await other.stop(true);
    }
  });

  test('sees a directory whose place a file has', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'file'), '');
    await mkdir(join(directory.path, 'data'));
    const { failed } = await examine({
      DATA_DIR: join(directory.path, 'data'),
      STORAGE_URL: `file:${directory.path}/file`,
      PORT: '0',
    });
    expect(failed).toEqual(['storage']);
  });

  test.skipIf(missing('PostgreSQL', findPostgres()))(
    'tells migrations that are missing from those of a newer release',
    async () => {
      await using postgres = await startPostgres();
      const url = await postgres.createDatabase();
      const env = { DATABASE_URL: url, PORT: '0' };
      const empty = await examine(env);
      expect(empty.of('migrations')).toMatchObject({
        state: 'warning',
        found: expect.stringMatching(/^\d+ to be applied/),
      });
      expect((await runCli(['migrate'], { env })).exitCode).toBe(0);
      expect((await examine(env)).of('migrations')).toMatchObject({ state: 'fine' });
      const sql = connect(url, { max: 1 });
      await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 99999999999999)`;
      await sql.end();
      const newer = await examine(env);
      expect(newer.failed).toEqual(['migrations']);
      expect(newer.of('migrations')?.advice).toContain('newer release');
    },
  );

  test.skipIf(missingRedis())('sees a Redis that may forget sessions', async () => {
    await using redis = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    const { exitCode, of } = await examine({ REDIS_URL: redis.url, PORT: '0' });
    expect([exitCode, of('Redis')?.state]).toEqual([0, 'warning']);
    expect(of('Redis')?.advice).toContain('noeviction');
  });

  test('sees that ffmpeg is missing, and goes on', async () => {
    const { exitCode, of } = await examine({ PATH: '/nowhere', PORT: '0' });
    expect([exitCode, of('videos')?.state]).toEqual([0, 'warning']);
  });
});
