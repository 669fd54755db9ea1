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
import { chmod, chown, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Workbench } from '../support/embedded-postgres.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('Skipped: the embedded database as other users (only root can become them)');

setDefaultTimeout(60_000);

const NOBODY = 65534;
const NAMELESS = 54321;

let shared: Workbench;
let copy: { root: string; executable: string };
let bench: Workbench;
beforeAll(async () => {
  shared = new Workbench();
  if (isRoot) copy = await shared.readableCopy();
});
afterAll(() => shared.dispose());
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.dispose());

/** A data directory in a directory that only `uid` can read. */
async function privateTo(uid: number): Promise<string> {
  const directory = await bench.emptyDirectory();
  await chown(dirname(directory), uid, uid);
  return directory;
}

/** A PATH without `unshare`, as if the machine had no user namespaces. */
async function pathWithoutNamespaces(): Promise<Record<string, string>> {
  const bin = await bench.directory();
  await symlink('/bin/sh', join(bin, 'sh'));
  return { PATH: bin };
}

/** The real user that a process runs as. */
async function userOf(pid: number): Promise<number> {
  return Number(/^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Starts, kills and starts again on `directory`; gives the user of the second server. */
async function survives(directory: string, options: Parameters<Workbench['owner']>[1]): Promise<number> {
  const first = bench.owner(directory, options);
  const { connection } = await first.ready();
  await bench.client(connection)`create table kept (n int)`;
  await first.kill();
  const next = await bench.owner(directory, options).ready();
  expect([...(await bench.client(next.connection)`select n from kept`)]).toEqual([]);
  return await userOf(next.server);
}

describe.skipIf(!isRoot)('the embedded database', () => {
  test('runs for root in a directory that only root can read', async () => {
    const directory = await bench.emptyDirectory();
    await chmod(dirname(directory), 0o700);
    await survives(directory, {});
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('runs for a plain user in a directory that only that user can read', async () => {
    expect(await survives(await privateTo(NOBODY), { ...copy, uid: NOBODY })).toBe(NOBODY);
  });

  test('runs for a user without a name', async () => {
    expect(await survives(await privateTo(NAMELESS), { ...copy, uid: NAMELESS })).toBe(NAMELESS);
  });

  test('runs for root in a directory of somebody else, as that user', async () => {
    expect(await survives(await privateTo(NOBODY), copy)).toBe(NOBODY);
  });

  test('runs as another user for root without user namespaces, and takes over the directory', async () => {
    const directory = await bench.emptyDirectory();
    const first = bench.owner(directory, copy);
    await first.ready();
    await first.kill('SIGTERM');
    const user = await survives(directory, { ...copy, env: await pathWithoutNamespaces() });
    expect(user).not.toBe(0);
    expect((await stat(join(directory, 'global', 'pg_control'))).uid).toBe(user);
    expect((await stat(dirname(directory))).mode & 0o007).toBe(0);
  });

  test('makes its first data as another user for root without user namespaces', async () => {
    const directory = await bench.emptyDirectory();
    expect(await survives(directory, { ...copy, env: await pathWithoutNamespaces() })).not.toBe(0);
  });

  test('says what to do when that user cannot reach the directory', async () => {
    const directory = join(await bench.directory(), 'data', 'db');
    const { name, message } = await bench
      .owner(directory, { ...copy, env: await pathWithoutNamespaces() })
      .started();
    expect(name).toBe('DatabaseStartError');
    expect(message).toContain(`cannot reach ${dirname(directory)}`);
    expect(message).toContain('chmod o+x');
  });

  test('says so when the directory belongs to another user', async () => {
    const directory = await bench.emptyDirectory();
    await chmod(dirname(directory), 0o755);
    await mkdir(directory, { mode: 0o700 });
    const { name, message } = await bench.owner(directory, { ...copy, uid: NOBODY }).started();
    expect(name).toBe('DatabaseStartError');
    expect(message).toContain(`User ${NOBODY} may not use the database directory ${directory}`);
  });

  test('says so when the disk is full, and starts once there is room', async () => {
    const disk = await bench.directory();
    const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    if (mounted.exitCode !== 0) return console.warn('Skipped: a full disk (mount is not allowed here)');
    try {
      const directory = bench.track(join(disk, 'db'));
      const { name, message } = await bench.owner(directory).started();
      expect(name).toBe('DatabaseStartError');
      expect(message).toMatch(/disk .*full/);
      Bun.spawnSync(['mount', '-o', 'remount,size=128m', disk]);
      await bench.owner(directory).ready();
    } finally {
      await bench.endProcesses();
      Bun.spawnSync(['umount', disk]);
    }
  });
});
