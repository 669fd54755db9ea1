import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commandOf, serverOf, until, Workbench } from '../support/embedded-postgres.ts';

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
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
    const { connection } = await bench.owner(await bench.dataDirectory()).ready();
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
    expect(owner.find('stopped')).toBeDefined();
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

describe('a second process on the same directory', () => {
  test('is refused with the directory and the process, and the first goes on', async () => {
    const directory = await bench.dataDirectory();
    const first = bench.owner(directory);
    const { connection, server } = await first.ready();
    const sql = bench.client(connection);
    await sql`create table kept (n int)`;
    const refused = await bench.owner(directory).started();
    expect(refused).toMatchObject({ event: 'failed', name: 'DataDirectoryInUseError' });
    expect(refused.message).toContain(directory);
    expect(refused.message).toContain(`process ${first.pid}`);
    expect([...(await sql`select * from kept`)]).toEqual([]);
    expect(serverOf(directory)).toBe(server);
    expect(first.events.map(({ event }) => event)).toEqual(['ready']);
  });

  test('is refused when it comes by another path, by the lock in the database', async () => {
    const directory = await bench.dataDirectory();
    const first = bench.owner(directory);
    const { server } = await first.ready();
    await rm(`${directory}.lock`);
    const refused = await bench.owner(directory).started();
    expect(refused).toMatchObject({ event: 'failed', name: 'DataDirectoryInUseError' });
    expect(refused.message).toContain(`process ${first.pid}`);
    expect(serverOf(directory)).toBe(server);
    expect(first.events.map(({ event }) => event)).toEqual(['ready']);
  });

  test.each([1, 2, 3])('that starts at the same moment on nothing: exactly one runs (round %p)', async () => {
    const directory = await bench.dataDirectory();
    const owners = [bench.owner(directory), bench.owner(directory), bench.owner(directory)];
    const outcomes = await Promise.all(owners.map((owner) => owner.started()));
    expect(outcomes.map(({ event }) => event).sort()).toEqual(['failed', 'failed', 'ready']);
    for (const { event, name } of outcomes)
      if (event === 'failed') expect(name).toBe('DataDirectoryInUseError');
    const { connection } =
      (await (owners[outcomes.findIndex(({ event }) => event === 'ready')] ?? owners[0])?.ready()) ?? {};
    expect(connection).toBeDefined();
    if (connection) expect([...(await bench.client(connection)`select 1 as n`)]).toEqual([{ n: 1 }]);
    expect(readdirSync(dirname(directory)).sort()).toEqual(['db', 'db.lock', 'postgres.log']);
  });

  test('that takes the lock in the database makes the first one tell', async () => {
    const owner = bench.owner(await bench.dataDirectory());
    const { connection } = await owner.ready();
    const thief = bench.client({ ...connection, database: 'postgres' });
    const taken = thief`select pg_advisory_lock(7305000)`.execute();
    const watcher = bench.client(connection);
    await until('the thief waits', async () => {
      const [row] = await watcher`select 1 from pg_locks where locktype = 'advisory' and not granted`;
      return row !== undefined;
    });
    await watcher`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'stockroom-owner-%'`;
    await taken;
    await until('the owner tells that it lost', () => owner.find('lost'));
  });
});

describe('a directory that cannot be used', () => {
  test('of another PostgreSQL version: the message names both', async () => {
    const directory = await bench.dataDirectory();
    await bench.owner(directory).ready();
    await bench.dispose();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, 'PG_VERSION'), '17\n');
    const { message } = await bench.owner(directory).started();
    expect(message).toMatch(/made by PostgreSQL 17, this release has PostgreSQL 18/);
    await rm(dirname(directory), { recursive: true });
  });

  test('with other files in it is left as it is', async () => {
    const directory = await bench.dataDirectory();
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
