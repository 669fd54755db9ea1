import {
  lchown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { DatabaseStartError, errorCode } from './errors.ts';
import type { Identity } from './identity.ts';
import { endAbandoned } from './processes.ts';
import { initdbArguments, serverEnvironment } from './settings.ts';

/** ms */
const REMOVAL_PATIENCE = 5_000;

/** Everything a server process is started from. */
export interface Cluster {
  /** Absolute, without links. */
  readonly directory: string;
  readonly logFile: string;
  /** Holds the socket; the same for as long as this process runs. */
  readonly runtimeDirectory: string;
  readonly binaries: Binaries;
  readonly identity: Identity;
}

/** Makes the parent directory and gives the directory's path without links. */
export async function resolveDirectory(directory: string): Promise<string> {
  await mkdir(dirname(directory), { recursive: true });
  const path = join(await realpath(dirname(directory)), basename(directory));
  return await realpath(path).catch(() => path);
}

/**
 * Brings the data directory into being when there is none and checks that this PostgreSQL can use it. The caller holds
 * the directory's lock. @throws DatabaseStartError
 */
export async function prepareCluster(cluster: Cluster): Promise<void> {
  await removeUnfinished(cluster.directory);
  const version = await readVersion(cluster.directory);
  if (version === undefined) {
    await initialise(cluster);
    return;
  }
  const expected = await shippedVersion(cluster.binaries);
  if (expected !== undefined && version !== expected) {
    throw new DatabaseStartError(
      `The database in ${cluster.directory} was made by PostgreSQL ${version}, this release has PostgreSQL ${expected}. Export it with the release that made it, or set DATA_DIR to another directory.`,
    );
  }
  await handOver(cluster.directory, cluster.identity);
}

/** Makes the directory under another name first: what has the final name is always complete. */
async function initialise({ directory, binaries, identity, runtimeDirectory }: Cluster): Promise<void> {
  const unfinished = await mkdtemp(`${directory}.new-`);
  try {
    await handOver(unfinished, identity);
    const initdb = Bun.spawn([...identity.prefix, binaries.initdb, ...initdbArguments(unfinished)], {
      env: serverEnvironment(runtimeDirectory),
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      ...(identity.uid === undefined ? {} : { uid: identity.uid }),
      ...(identity.gid === undefined ? {} : { gid: identity.gid }),
    });
    const [errors, status] = await Promise.all([Bun.readableStreamToText(initdb.stderr), initdb.exited]);
    if (status !== 0) {
      throw new DatabaseStartError(
        `The database could not be made in ${directory}: ${explain(errors) || `initdb ended with ${status}`}`,
      );
    }
    await rename(unfinished, directory);
    await syncDirectory(dirname(directory));
  } catch (error) {
    await removeTree(unfinished);
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'ENOTDIR') throw error;
    throw new DatabaseStartError(
      `${directory} is not empty and not a database. Move it away, or set DATA_DIR to another directory.`,
    );
  }
}

/** One line that puts the usual reasons into words, from the output of initdb or the server. */
export function explain(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('initdb: removing'));
  const text = lines.slice(-5).join(' | ');
  return /No space left on device/.test(text) ? `the disk is full: ${text}` : text;
}

async function removeUnfinished(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.new-`;
  for (const name of await readdir(dirname(directory))) {
    if (!name.startsWith(prefix)) continue;
    const unfinished = join(dirname(directory), name);
    endAbandoned(unfinished);
    await removeTree(unfinished);
  }
}

/** Something that is being ended may still be writing. */
async function removeTree(path: string): Promise<void> {
  const deadline = performance.now() + REMOVAL_PATIENCE;
  for (;;) {
    try {
      return await rm(path, { recursive: true, force: true });
    } catch (error) {
      if (errorCode(error) !== 'ENOTEMPTY' || performance.now() > deadline) throw error;
    }
    await pause(20);
  }
}

async function readVersion(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function shippedVersion({ libraries }: Binaries): Promise<string | undefined> {
  const sample = join(libraries, '..', 'share', 'postgresql', 'postgres.bki');
  const head = await Bun.file(sample)
    .slice(0, 100)
    .text()
    .catch(() => '');
  return /PostgreSQL (\d+)/.exec(head)?.[1];
}

/** Gives everything below `directory` to the user that the server runs as, unless it is theirs. */
async function handOver(directory: string, { uid, gid }: Identity): Promise<void> {
  if (uid === undefined || gid === undefined || (await stat(directory)).uid === uid) return;
  for (const name of await readdir(directory, { recursive: true }))
    await lchown(join(directory, name), uid, gid);
  // Last, so that an interrupted change is begun again.
  await lchown(directory, uid, gid);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}
