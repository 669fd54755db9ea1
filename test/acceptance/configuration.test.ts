import { describe, expect, test } from 'bun:test';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** The variable, what it holds, what must be told about it, and other variables that are set. */
const WRONG: readonly [name: string, value: string, told: RegExp, others?: Record<string, string>][] = [
  ['PORT', 'http', /0 to 65535/],
  ['PORT', '65536', /0 to 65535/],
  ['PORT', '-1', /0 to 65535/],
  ['PORT', '80.5', /0 to 65535/],
  ['PORT', ' 80', /0 to 65535/],
  ['PUBLIC_URL', 'stock.example.com', /https:\/\//],
  ['PUBLIC_URL', 'ftp://stock.example.com', /https:\/\//],
  ['PUBLIC_URL', 'https://stock.example.com/?a=b', /https:\/\//],
  ['FILES_URL', 'cdn', /https:\/\//],
  ['DATABASE_URL', 'mysql://localhost/x', /postgres:\/\//],
  ['DATABASE_URL', 'localhost:5432', /postgres:\/\//],
  ['REDIS_URL', 'http://localhost', /such as redis:/],
  ['STORAGE_URL', '/srv/files', /file:/],
  ['STORAGE_URL', 'file:', /file:/],
  ['SESSION_COOKIE_NAME', 'a b', /letters/],
  ['SESSION_COOKIE_NAME', 'a;b', /letters/],
  ['SESSION_TTL_SECONDS', '1h', /whole number/],
  ['SESSION_TTL_SECONDS', '0', /whole number/],
  ['SESSION_SAME_SITE', 'Lax', /lax, strict, none/],
  ['SESSION_SAME_SITE', 'none', /PUBLIC_URL/],
  ['SESSION_SAME_SITE', 'none', /https/, { PUBLIC_URL: 'http://stock.example.com' }],
  ['CORS_ORIGINS', 'https://a.example/', /exact origins/],
  ['CORS_ORIGINS', '*', /exact origins/],
  ['TRUSTED_PROXIES', '10.0.0.0/33', /CIDRs/],
  ['REMOTE_MAX_BYTES', '20MiB', /whole number/],
  ['REMOTE_TIMEOUT_MS', '0', /whole number/],
  ['REMOTE_ALLOW_CIDRS', '10.0.0.0-10.0.0.9', /CIDRs/],
  ['REMOTE_ALLOW_HOSTS', 'https://a.example', /host names/],
  ['REMOTE_ALLOW_PORTS', '0', /ports/],
  ['EXPORT_DAYS', 'never', /whole number/],
  ['LEGACY_CODES', 'OKAY=1', /names and numbers/],
  ['SESSION_MAX_SECONDS', '60', /not be less than SESSION_TTL_SECONDS/],
  ['GRAPHQL_DOCUMENTS', '/nowhere/documents.json', /cannot be used/],
  ['MAX_FILE_BYTES', '5GB', /whole number/],
  ['MAX_FILE_BYTES', '0', /whole number/],
  ['MAX_FILE_BYTES', '1e9', /whole number/],
  ['MAX_FILE_BYTES', '2000', /MAX_REQUEST_BYTES/, { MAX_REQUEST_BYTES: '1000' }],
  ['MAX_REQUEST_BYTES', '99999999999999999999', /whole number/],
  ['MAX_IMAGE_PIXELS', 'many', /whole number/],
  ['MAX_FILES_PER_REQUEST', '0', /whole number/],
  ['SPOOL_BYTES', '-5', /whole number/],
  ['VARIANT_CACHE_BYTES', '1GB', /whole number/],
  ['TIME_ZONE', 'Mars/Olympus', /IANA/],
  ['LOG_LEVEL', 'loud', /debug, info/],
  ['LOG_FORMAT', 'xml', /pretty, json/],
  ['LOG_FILE_BYTES', '100', /whole number/],
  ['LOG_FILE_KEEP', '-1', /whole number/],
  ['LOG_FILES_SAMPLE', '0', /whole number/],
  ['SHUTDOWN_SECONDS', 'long', /whole number/],
  ['MAX_MEMORY_BYTES', '90%', /whole number/],
  ['LOG_FILE', '/dev/null', /can be made and written/],
  ['ADMIN_PASSWORD', 'short', /8 characters/],
  ['ADMIN_USERNAME', 'x'.repeat(101), /100 characters/],
];

/** Runs a start that must fail. @returns its one line. */
async function failure(env: Record<string, string>): Promise<string> {
  await using directory = await temporaryDirectory();
  const child = spawnStockroom({ DATA_DIR: directory.path, ...env });
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(exitCode).not.toBe(0);
  expect(child.signalCode).toBeNull();
  expect(output.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
  const lines = errors.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toStartWith('stockroom: ');
  return lines[0] ?? '';
}

describe('a start with', () => {
  test.each(WRONG)(
    '%s=%s ends with one line that says what it may be',
    async (name, value, told, others = {}) => {
      const line = await failure({ ...others, [name]: value });
      expect(line).toContain(`${name}=`);
      if (name === 'ADMIN_PASSWORD') expect(line).not.toContain(value);
      else expect(line).toContain(`${name}=${value.slice(0, 50)}`);
      expect(line).toMatch(told);
    },
  );

  test('values that are empty takes the defaults', async () => {
    await using server = await startStockroom({
      env: { REDIS_URL: '', PUBLIC_URL: '', MAX_FILE_BYTES: '', LOG_FILE: '' },
    });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test('control characters in a value shows them escaped, on the one line', async () => {
    expect(await failure({ LOG_LEVEL: 'a\nb\u001b[31m' })).toContain('LOG_LEVEL=a\\nb\\u001b[31m');
  });

  test('a port that is in use says so', async () => {
    await using server = await startStockroom();
    const { port } = new URL(server.url);
    const line = await failure({ PORT: port });
    expect(line).toContain(`PORT=${port}`);
    expect(line).toContain('in use');
  });

  test('an address that is not of this machine says so', async () => {
    expect(await failure({ HOST: '203.0.113.7' })).toMatch(/203\.0\.113\.7/);
    expect(await failure({ HOST: 'no such host' })).toMatch(/no such host/);
  });

  test('a data directory that another instance holds names the directory and the holder', async () => {
    await using server = await startStockroom();
    const line = await failure({ DATA_DIR: server.dataDir });
    expect(line).toContain(server.dataDir);
    expect(line).toContain(String(server.process.pid));
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test('a data directory that cannot be made says so', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'file'), '');
    expect(await failure({ DATA_DIR: join(directory.path, 'file', 'data') })).toContain('DATA_DIR');
  });

  test('a directory for files that cannot be made says so', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'a'));
    await writeFile(join(directory.path, 'a', 'file'), '');
    expect(await failure({ STORAGE_URL: `file:${directory.path}/a/file/b` })).toContain('STORAGE_URL');
  });

  test('a database that nobody runs says so and hides the password', async () => {
    const port = await freePort();
    const line = await failure({
      DATABASE_URL: `postgres://somebody:hunter2-secret@127.0.0.1:${port}/stock`,
    });
    expect(line).toContain('DATABASE_URL');
    expect(line).toContain(`127.0.0.1:${port}`);
    expect(line).toContain('ECONNREFUSED');
    expect(line).not.toContain('hunter2');
  });

  test.skipIf(missing('PostgreSQL', findPostgres()))(
    'a database that refuses it says so and hides the password',
    async () => {
      await using database = await startPostgres();
      const url = new URL(await database.createDatabase());
      url.username = 'nobody-here';
      url.password = 'hunter2-secret';
      const stranger = await failure({ DATABASE_URL: url.href });
      expect(stranger).toContain('DATABASE_URL');
      expect(stranger).not.toContain('hunter2');
      url.username = 'tester';
      url.pathname = '/no-such-database';
      const nowhere = await failure({ DATABASE_URL: url.href });
      expect(nowhere).toContain('no-such-database');
      expect(nowhere).not.toContain('hunter2');
    },
  );
});
