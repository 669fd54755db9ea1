import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Workbench } from '../support/embedded-postgres.ts';
import { commandOf } from '../support/embedded-postgres-process.ts';
import { until } from '../support/temporary.ts';

setDefaultTimeout(60_000);

let shared: Workbench;
let template: string;
let bench: Workbench;
beforeAll(async () => {
  shared = new Workbench();
  template = await shared.dataDirectory();
});
afterAll(() => shared.dispose());
beforeEach(() => {
  bench = new Workbench(template);
});
afterEach(() => bench.dispose());

describe('an embedded database', () => {
  test('keeps what was committed over a stop and a start', async () => {
    const directory = await bench.dataDirectory();
    const first = bench.owner(directory);
    const sql = bench.client((await first.ready()).connection);
    await sql`create table kept (word text)`;
    await sql`insert into kept values ('素材')`;
    await first.kill('SIGTERM');
    const second = await bench.owner(directory).ready();
    expect([...(await bench.client(second.connection)`select word from kept`)]).toEqual([{ word: '素材' }]);
  });

  test('is durable and the same on every machine', async () => {
    const { connection } = await bench.owner(await bench.emptyDirectory()).ready();
    const sql = bench.client(connection);
    const rows = await sql<{ name: string; setting: string }[]>`
      select name, setting from pg_settings where name in
      ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'server_encoding', 'TimeZone', 'io_method')`;
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
      io_method: 'sync',
    });
    const [database] =
      await sql`select datlocprovider, datlocale from pg_database where datname = 'stockroom'`;
    expect(database).toEqual({ datlocprovider: 'b', datlocale: 'C.UTF-8' });
  });

  test('listens on no TCP port and in a directory that nobody else can open', async () => {
    const { connection, server } = await bench.owner(await bench.dataDirectory()).ready();
    const sql = bench.client(connection);
    expect([...(await sql`show listen_addresses`)]).toEqual([{ listen_addresses: '' }]);
    expect(statSync(connection.host).mode & 0o777).toBe(0o700);
    expect(join(connection.host, '.s.PGSQL.5432').length).toBeLessThan(90);
    const tcp = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
      existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(1) : [],
    );
    const inodes = new Set(tcp.map((line) => line.trim().split(/\s+/)[9]));
    const sockets = readdirSync(`/proc/${server}/fd`).flatMap((fd) => {
      const inode = /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${server}/fd/${fd}`))?.[1];
      return inode ? [inode] : [];
    });
    expect(sockets.length).toBeGreaterThan(0);
    expect(sockets.filter((inode) => inodes.has(inode))).toEqual([]);
  });

  test('is gone with its socket after a stop', async () => {
    const owner = bench.owner(await bench.dataDirectory());
    const { connection, server } = await owner.ready();
    expect(existsSync(connection.host)).toBe(true);
    await owner.kill('SIGTERM');
    // What the process printed last may be read after its end.
    await until('the report of the stop', () => owner.find('stopped'));
    expect(commandOf(server)).toBe('');
    expect(readdirSync(bench.temporary)).toEqual([]);
    expect(owner.events.filter(({ event }) => event === 'log')).toEqual([]);
  });

  test('lets a process end that has nothing else to do', async () => {
    const owner = bench.owner(await bench.dataDirectory(), { mode: 'leave' });
    expect(await owner.exited()).toBe(0);
    expect(owner.find('ready')).toBeDefined();
  });

  test('is out of reach of Ctrl-C and gets none of the environment', async () => {
    const { server } = await bench
      .owner(await bench.dataDirectory(), { env: { ADMIN_PASSWORD: 'hunter2', PGDATA: '/nowhere' } })
      .ready();
    const group = readFileSync(`/proc/${server}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[2];
    expect(Number(group)).toBe(server);
    expect(readFileSync(`/proc/${server}/environ`, 'utf8')).not.toMatch(/hunter2|PGDATA/);
  });

  test('works in a directory with blanks and other letters, and with a long temporary directory', async () => {
    const parent = join(await bench.directory(), '素材 库 -D x');
    const temporary = join(await bench.directory(), 'x'.repeat(80));
    await mkdir(temporary, { recursive: true });
    const directory = join(parent, 'db');
    const first = bench.owner(directory, { env: { TMPDIR: temporary } });
    const { connection } = await first.ready();
    expect(connection.host.length).toBeLessThan(90);
    expect(readdirSync(temporary)).toEqual([]);
    await first.kill();
    await bench.owner(directory).ready();
    expect(existsSync(connection.host)).toBe(false);
  });

  test('starts a new log when the old one is over 1 MiB', async () => {
    const directory = await bench.dataDirectory();
    const log = join(dirname(directory), 'postgres.log');
    await writeFile(log, 'x'.repeat(1024 * 1024 + 1));
    await bench.owner(directory).ready();
    expect(statSync(log).size).toBeLessThan(10_000);
    expect(statSync(`${log}.1`).size).toBe(1024 * 1024 + 1);
  });
});

describe('a directory that cannot be used', () => {
  test('of another PostgreSQL version: the message names both', async () => {
    const directory = await bench.dataDirectory();
    const first = bench.owner(directory);
    await first.ready();
    await first.kill('SIGTERM');
    await writeFile(join(directory, 'PG_VERSION'), '17\n');
    const { message } = await bench.owner(directory).started();
    expect(message).toMatch(/made by PostgreSQL 17, this release has PostgreSQL 18/);
  });

  test('with other files in it is left as it is', async () => {
    const directory = await bench.emptyDirectory();
    await mkdir(directory);
    await writeFile(join(directory, 'letter.txt'), 'mine');
    const { message } = await bench.owner(directory).started();
    expect(message).toMatch(/is not empty and not a database/);
    expect(readdirSync(directory)).toEqual(['letter.txt']);
    expect(readdirSync(dirname(directory)).sort()).toEqual(['db', 'db.lock']);
  });

  test('with damage: the message has the last lines of the log', async () => {
    const directory = await bench.dataDirectory();
    const first = bench.owner(directory);
    await first.ready();
    await first.kill('SIGTERM');
    await rm(join(directory, 'global', 'pg_control'));
    const { event, message } = await bench.owner(directory).started();
    expect(event).toBe('failed');
    expect(message).toMatch(/does not start: .*pg_control.*postgres\.log/);
  });
});
