import { dirname, join } from 'node:path';
import type { Logger } from '../../../lib/logger.ts';
import { linkLibraries, locateBinaries } from './binaries.ts';
import { type Cluster, prepareCluster, resolveDirectory } from './cluster.ts';
import { DatabaseStartError, DataDirectoryInUseError, errorCode } from './errors.ts';
import { chooseIdentity, letThrough } from './identity.ts';
import { lockDirectory } from './lock-file.ts';
import { claimOwnership, type Ownership } from './ownership.ts';
import { readPidFile } from './pid-file.ts';
import { commandOf, endPostmaster, isPostmasterOf } from './processes.ts';
import { createRuntimeDirectory, removeRuntimeDirectory, runtimeDirectoryIn } from './runtime-directory.ts';
import { DATABASE, SOCKET_PORT, SUPERUSER } from './settings.ts';
import { type Supervisor, superviseServer } from './supervisor.ts';

export interface EmbeddedPostgresOptions {
  /** The data directory itself; made when it is missing. Its parent takes the lock file and `postgres.log`. */
  readonly directory: string;
  readonly log: Logger;
  /** Called when another process has taken the directory while this one was restarting its server. */
  readonly onLost?: (error: DataDirectoryInUseError) => void;
}

export interface EmbeddedPostgres {
  /** For postgres.js: a Unix socket that stays the same when the server is restarted. */
  readonly connection: {
    /** The socket's directory, mode 0700. */
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** Process number of the server; another one after a restart. */
  readonly pid: number;
  /** Ends the server, by force after 10 s, and removes the socket's directory. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on `directory` and keeps it running until `stop`, whatever ends it in between. Neither the server
 * nor what watches it keeps this process alive; a process that ends without `stop` leaves the server behind, and the
 * next start on the directory ends it.
 * @throws DataDirectoryInUseError, DatabaseStartError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    throw inWords(error, options.directory);
  }
}

async function start({ directory, log, onLost }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await locateBinaries();
  const resolved = await resolveDirectory(directory);
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    // Nothing of ours keeps the process alive, so it would end in the middle of this.
    const alive = setInterval(() => {}, 60_000);
    for (let step = undo.pop(); step; step = undo.pop()) await step();
    clearInterval(alive);
  };
  const lost = (error: DataDirectoryInUseError) => {
    log.error({ err: error }, 'Another process has taken the embedded database');
    onLost?.(error);
  };
  try {
    const lock = await lockDirectory(resolved);
    undo.push(() => lock.release());

    await endLeftover(resolved, log);
    if (lock.remembered) await removeRuntimeDirectory(lock.remembered);

    const identity = await chooseIdentity(resolved);
    const runtimeDirectory = await createRuntimeDirectory(identity);
    undo.push(() => removeRuntimeDirectory(runtimeDirectory));
    lock.remember(runtimeDirectory);
    await linkLibraries(binaries, runtimeDirectory);
    await letThrough(identity, dirname(resolved), [binaries.postgres, runtimeDirectory]);
    const logFile = join(dirname(resolved), 'postgres.log');
    const cluster: Cluster = { directory: resolved, logFile, runtimeDirectory, binaries, identity };
    await prepareCluster(cluster);

    const server: Supervisor = await superviseServer(cluster, log, lost);
    undo.push(() => server.stop());
    const owner = await claimOwnership(runtimeDirectory, (holder) =>
      lost(new DataDirectoryInUseError(resolved, holder)),
    );
    const ownership: Ownership | undefined = owner.ownership;
    if (!ownership) throw new DataDirectoryInUseError(resolved, owner.holder);
    undo.push(() => ownership.release());

    let stopped: Promise<void> | undefined;
    return {
      connection: { host: runtimeDirectory, port: SOCKET_PORT, user: SUPERUSER, database: DATABASE },
      get pid() {
        return server.pid;
      },
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Ends the server that a killed process left behind. It could be adopted instead, but a new one has this release's
 * settings and binaries, is our child (so its end is seen at once), and holds no sessions or transactions of the dead
 * process; it costs about 0.1 s.
 */
async function endLeftover(directory: string, log: Logger): Promise<void> {
  const pid = (await readPidFile(directory))?.pid;
  if (!pid || !isPostmasterOf(pid, directory)) return;
  const socketDirectory = runtimeDirectoryIn(commandOf(pid) ?? '');
  // Somebody started it by other means, maybe to look into it; that is theirs to end.
  if (socketDirectory === undefined) throw new DataDirectoryInUseError(directory, pid);
  await refuseOwned(socketDirectory, directory);
  log.warn({ pid }, 'Ending the embedded database that an earlier process left running');
  await endPostmaster(pid);
  await removeRuntimeDirectory(socketDirectory);
}

/** The same directory may be reached by two paths, each with a lock file of its own; the lock in the database tells. */
async function refuseOwned(socketDirectory: string, directory: string): Promise<void> {
  // A server that does not answer belongs to nobody that works.
  const claim = await claimOwnership(socketDirectory, () => {}).catch(() => undefined);
  if (claim && !claim.ownership) throw new DataDirectoryInUseError(directory, claim.holder);
  await claim?.ownership?.release();
}

function inWords(error: unknown, directory: string): unknown {
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'EPERM') {
    const user = process.getuid?.() ?? 'this one';
    return new DatabaseStartError(
      `User ${user} may not use the database directory ${directory}: ${String(error)}. Give it to that user, or set DATA_DIR to another directory.`,
      { cause: error },
    );
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DatabaseStartError(`The disk of the database directory ${directory} is full.`, {
      cause: error,
    });
  }
  return error;
}
