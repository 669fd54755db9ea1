import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { linkLibraries } from './binaries.ts';
import { type Cluster, explain } from './cluster.ts';
import { DatabaseStartError, DataDirectoryInUseError } from './errors.ts';
import { logSize, logTail, rotateLog } from './log-file.ts';
import { clearStalePidFile, readPidFile } from './pid-file.ts';
import { endAbandoned, endPostmaster } from './processes.ts';
import { restoreRuntimeDirectory } from './runtime-directory.ts';
import { serverArguments, serverEnvironment } from './settings.ts';

/** ms */
const POLL = 2;
const READY_PATIENCE = 600_000;
const SHARED_MEMORY_PATIENCE = 10_000;

export interface Postmaster {
  readonly pid: number;
  /** Settles when the process has ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/**
 * Starts the server and waits until it takes connections, crash recovery included. The child does not keep this process
 * alive. @throws DatabaseStartError with the last lines of the server's log, DataDirectoryInUseError, or the signal's reason
 */
export async function launchPostmaster(cluster: Cluster, signal: AbortSignal): Promise<Postmaster> {
  const deadline = performance.now() + SHARED_MEMORY_PATIENCE;
  for (;;) {
    signal.throwIfAborted();
    if (!(await clearStalePidFile(cluster.directory))) throw await inUse(cluster);
    await restoreRuntimeDirectory(cluster.runtimeDirectory, cluster.identity);
    await linkLibraries(cluster.binaries, cluster.runtimeDirectory);
    await rotateLog(cluster.logFile);
    const logStart = await logSize(cluster.logFile);
    const postmaster = spawn(cluster);
    if (await becomesReady(cluster, postmaster, signal)) return postmaster;

    const reason = await logTail(cluster.logFile, logStart);
    if (/lock file "postmaster\.pid" already exists/.test(reason)) throw await inUse(cluster);
    if (!/shared memory block .* in use/.test(reason) || performance.now() > deadline) {
      throw new DatabaseStartError(
        `The database in ${cluster.directory} does not start: ${explain(reason) || `it ended with ${await postmaster.ended}`} (${cluster.logFile})`,
      );
    }
    // Sessions of a killed server hold its memory until they notice; the busy ones never do.
    endAbandoned(cluster.directory);
    await pause(20);
  }
}

function spawn({ directory, logFile, runtimeDirectory, binaries, identity }: Cluster): Postmaster {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = Bun.spawn(
      [...identity.prefix, binaries.postgres, ...serverArguments(directory, runtimeDirectory)],
      {
        env: serverEnvironment(runtimeDirectory),
        cwd: '/',
        stdio: ['ignore', log, log],
        // A session of its own: Ctrl-C on the terminal must reach this process only, which then stops the server last.
        detached: true,
        ...(identity.uid === undefined ? {} : { uid: identity.uid }),
        ...(identity.gid === undefined ? {} : { gid: identity.gid }),
      },
    );
    child.unref();
    return { pid: child.pid, ended: child.exited.then((code) => child.signalCode ?? code) };
  } finally {
    closeSync(log);
  }
}

async function becomesReady(
  cluster: Cluster,
  { pid, ended }: Postmaster,
  signal: AbortSignal,
): Promise<boolean> {
  let running = true;
  const watched = ended.then(() => {
    running = false;
  });
  const deadline = performance.now() + READY_PATIENCE;
  while (running) {
    const file = await readPidFile(cluster.directory);
    if (file?.pid === pid && file.ready) return true;
    if (signal.aborted || performance.now() > deadline) {
      await endPostmaster(pid);
      await watched;
      signal.throwIfAborted();
    }
    await Promise.race([watched, pause(POLL)]);
  }
  return false;
}

async function inUse({ directory }: Cluster): Promise<DataDirectoryInUseError> {
  return new DataDirectoryInUseError(directory, (await readPidFile(directory))?.pid);
}
