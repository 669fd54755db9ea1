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
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Workbench } from '../support/embedded-postgres.ts';
import { commandOf, serverOf, until } from '../support/embedded-postgres-process.ts';

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

/** An owner whose database holds one committed row. */
async function ownerWithRow(directory: string) {
  const owner = bench.owner(directory);
  const { connection, server } = await owner.ready();
  const sql = bench.client(connection);
  await sql`create table kept (n int)`;
  await sql`insert into kept values (1)`;
  return { owner, connection, server, sql };
}

describe('after kill -9', () => {
  test('of the process, the next one ends the server left behind and has its data', async () => {
    const directory = await bench.dataDirectory();
    const { owner, connection, server } = await ownerWithRow(directory);
    await owner.kill();
    expect(commandOf(server)).not.toBe('');
    const next = await bench.owner(directory).ready();
    expect([...(await bench.client(next.connection)`select n from kept`)]).toEqual([{ n: 1 }]);
    expect(next.server).not.toBe(server);
    expect(commandOf(server)).toBe('');
    expect(existsSync(connection.host)).toBe(false);
  });

  test('of the server, it is started again on the same socket with its data', async () => {
    const directory = await bench.dataDirectory();
    const { owner, connection, server } = await ownerWithRow(directory);
    const again = bench.client(connection);
    for (let pid = server, round = 0; round < 3; round++) {
      process.kill(pid, 'SIGKILL');
      pid = await until('another server', () => {
        const other = serverOf(directory);
        return other !== undefined && other !== pid ? other : undefined;
      });
      const rows = await until('an answer', () => again`select n from kept`.catch(() => undefined));
      expect([...rows]).toEqual([{ n: 1 }]);
    }
    await until('the owner has its lock again', async () => {
      const holders = await again`
        select 1 from pg_locks where locktype = 'advisory' and objid = 7305000 and granted`;
      return holders.length === 1;
    });
    expect(owner.find('lost')).toBeUndefined();
    expect(owner.events.some(({ message }) => message?.includes('starting it again'))).toBe(true);
    await owner.kill('SIGTERM');
    // What the process printed last may be read after its end.
    await until('the report of the stop', () => owner.find('stopped'));
    expect(existsSync(connection.host)).toBe(false);
    expect(serverOf(directory)).toBeUndefined();
  });

  test.each([0, 5, 20, 40])('of the server, a stop %p ms later ends the restart too', async (delay) => {
    const directory = await bench.dataDirectory();
    const { owner, server } = await ownerWithRow(directory);
    process.kill(server, 'SIGKILL');
    await Bun.sleep(delay); // Not to wait for something: to meet the restart at different points.
    await owner.kill('SIGTERM');
    // What the process printed last may be read after its end.
    await until('the report of the stop', () => owner.find('stopped'));
    expect(commandOf(serverOf(directory) ?? server)).toBe('');
    expect(readdirSync(bench.temporary)).toEqual([]);
  });

  test('of the server while a session computes, it is started again at once', async () => {
    const directory = await bench.dataDirectory();
    const { connection, server, sql } = await ownerWithRow(directory);
    const busy = sql`select count(*) from generate_series(1, 100000000000)`.execute();
    const ended = busy.then(
      () => 'finished',
      () => 'ended',
    );
    const again = bench.client(connection);
    await until('the session computes', async () => {
      const [row] = await again`
        select 1 from pg_stat_activity where state = 'active' and query like '%generate_series(1%' and pid <> pg_backend_pid()`;
      return row !== undefined;
    });
    process.kill(server, 'SIGKILL');
    const started = performance.now();
    const rows = await until('an answer', () => again`select n from kept`.catch(() => undefined));
    expect([...rows]).toEqual([{ n: 1 }]);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await ended).toBe('ended');
  });

  test('of both, the next one recovers', async () => {
    const directory = await bench.dataDirectory();
    const { owner, connection, server } = await ownerWithRow(directory);
    await owner.kill();
    process.kill(server, 'SIGKILL');
    const next = await bench.owner(directory).ready();
    expect([...(await bench.client(next.connection)`select n from kept`)]).toEqual([{ n: 1 }]);
    expect(existsSync(connection.host)).toBe(false);
  });

  test('of both, when another program has the number of the dead server', async () => {
    const directory = await bench.dataDirectory();
    const { owner, server } = await ownerWithRow(directory);
    await owner.kill();
    process.kill(server, 'SIGKILL');
    const file = join(directory, 'postmaster.pid');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(process.pid)));
    const next = await bench.owner(directory).ready();
    expect([...(await bench.client(next.connection)`select n from kept`)]).toEqual([{ n: 1 }]);
  });

  test('in the middle of the very first start, the next one begins anew', async () => {
    const directory = await bench.emptyDirectory();
    const unfinished = () => readdirSync(dirname(directory)).filter((name) => name.startsWith('db.new-'));
    const first = bench.owner(directory);
    await until('initdb writes', () => {
      const [name] = unfinished();
      return name !== undefined && existsSync(join(dirname(directory), name, 'base'));
    });
    await first.kill();
    expect(existsSync(directory)).toBe(false);
    expect(unfinished()).toHaveLength(1);
    const next = await bench.owner(directory).ready();
    expect([...(await bench.client(next.connection)`select 1 as n`)]).toEqual([{ n: 1 }]);
    expect(unfinished()).toEqual([]);
    expect(readdirSync(bench.temporary)).toHaveLength(1);
  });

  test('between the first start and the database, the next one completes it', async () => {
    const directory = await bench.dataDirectory();
    const first = bench.owner(directory);
    const { connection } = await first.ready();
    await bench.client({ ...connection, database: 'postgres' })`drop database stockroom`;
    await first.kill();
    const next = await bench.owner(directory).ready();
    expect([...(await bench.client(next.connection)`select current_database() as name`)]).toEqual([
      { name: 'stockroom' },
    ]);
  });
});

test('a server that somebody started by hand is left alone', async () => {
  const directory = await bench.dataDirectory();
  const first = bench.owner(directory);
  const { server } = await first.ready();
  const binary = commandOf(server).split(' -D ')[0] ?? '';
  const libraries = await bench.directory();
  await first.kill('SIGTERM');
  await until('its server to be gone', () => serverOf(directory) === undefined || undefined);
  await mkdir(libraries, { recursive: true });
  const { uid } = await Bun.file(directory).stat();
  const byHand = await startByHand(binary, directory, libraries, uid);
  const { name, message } = await bench.owner(directory).started();
  expect(name).toBe('DataDirectoryInUseError');
  expect(message).toContain(`process ${byHand}`);
  expect(commandOf(byHand)).not.toBe('');
});

async function startByHand(binary: string, directory: string, place: string, uid: number): Promise<number> {
  const { linkLibraries } = await import('../../src/adapters/db/embedded/binaries.ts');
  const native = join(dirname(binary), '..');
  await linkLibraries({ initdb: '', postgres: binary, libraries: join(native, 'lib') }, place);
  const prefix = uid === 0 ? ['unshare', '-U', '--map-user=1', '--map-group=1'] : [];
  Bun.spawn([...prefix, binary, '-D', directory, '-k', place, '-c', 'listen_addresses='], {
    env: { PATH: process.env.PATH ?? '', LD_LIBRARY_PATH: place },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return await until('the server runs', () => serverOf(directory));
}
