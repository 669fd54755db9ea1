import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../../lib/logger.ts';
import type { Cluster } from './cluster.ts';
import { DataDirectoryInUseError } from './errors.ts';
import { keepLogSmall } from './log-file.ts';
import { launchPostmaster, type Postmaster } from './postmaster.ts';
import { endPostmaster } from './processes.ts';

/** ms */
const FIRST_BACKOFF = 20;
const LONGEST_BACKOFF = 5_000;
/** A server that ran for this long is not one that ends at every start. */
const STABLE_AFTER = 10_000;
const LOG_CHECK_INTERVAL = 3_600_000;

export interface Supervisor {
  /** Process number of the server; a new one after each restart. */
  readonly pid: number;
  /** Ends the server and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the server and starts it again whenever it ends, for as long as `stop` is not called. It gives up only when
 * another process runs on the directory, which `onLost` is told. It does not keep the process alive.
 */
export async function superviseServer(
  cluster: Cluster,
  log: Logger,
  onLost: (error: DataDirectoryInUseError) => void,
): Promise<Supervisor> {
  const stopping = new AbortController();
  let current: Postmaster | undefined = await launchPostmaster(cluster, stopping.signal);
  let pid = current.pid;
  let backoff = 0;
  const logCheck = setInterval(() => void keepLogSmall(cluster.logFile), LOG_CHECK_INTERVAL);
  logCheck.unref();

  const finished = supervise().catch((error: unknown) => {
    if (!(error instanceof DataDirectoryInUseError)) throw error;
    onLost(error);
  });

  async function supervise(): Promise<void> {
    while (current) {
      const since = performance.now();
      const reason = await current.ended;
      current = undefined;
      if (stopping.signal.aborted) return;
      log.error({ pid, reason }, 'The embedded database has ended; starting it again');
      if (performance.now() - since > STABLE_AFTER) backoff = 0;
      current = await relaunch();
      if (!current) return;
      pid = current.pid;
      // `stop` found nothing to end while this one was being started.
      if (stopping.signal.aborted) await endPostmaster(pid);
      else log.info({ pid }, 'The embedded database is back');
    }
  }

  async function relaunch(): Promise<Postmaster | undefined> {
    for (;;) {
      // Aborting only cuts the wait short.
      await pause(backoff, undefined, { ref: false, signal: stopping.signal }).catch(() => {});
      backoff = Math.min(Math.max(backoff * 2, FIRST_BACKOFF), LONGEST_BACKOFF);
      try {
        return await launchPostmaster(cluster, stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        if (error instanceof DataDirectoryInUseError) throw error;
        log.error({ err: error }, 'The embedded database could not be started again; trying on');
      }
    }
  }

  return {
    get pid() {
      return pid;
    },
    async stop() {
      clearInterval(logCheck);
      stopping.abort();
      if (current) {
        const { ended } = current;
        await endPostmaster(current.pid);
        await ended;
      }
      await finished;
    },
  };
}
