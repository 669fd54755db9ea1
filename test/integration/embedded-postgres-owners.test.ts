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
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Workbench } from '../support/embedded-postgres.ts';
import { serverOf, until } from '../support/embedded-postgres-process.ts';

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
    const directory = await bench.emptyDirectory();
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
