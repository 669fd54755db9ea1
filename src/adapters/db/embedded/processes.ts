import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** ms; a fast shutdown writes what is dirty, which takes long on a slow disk only. */
const FAST_SHUTDOWN = 10_000;
const IMMEDIATE_SHUTDOWN = 5_000;
const POLL = 5;

/** The command line of a live process; undefined when it has ended (zombies included) or cannot be seen. */
export function commandOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      // A zombie has an empty command line.
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined;
    } catch {
      return undefined;
    }
  }
  const ps = Bun.spawnSync(['ps', '-ww', '-o', 'command=', '-p', String(pid)], { stderr: 'ignore' });
  return ps.stdout.toString().trim() || undefined;
}

/** True when `pid` is the main process of a PostgreSQL server on `directory` (absolute, without links). */
export function isPostmasterOf(pid: number, directory: string): boolean {
  const command = commandOf(pid);
  if (command === undefined || !/(^|\/)postgres( |$)/.test(command)) return false;
  return `${command} `.includes(` -D ${directory} `) || workingDirectoryOf(pid) === directory;
}

/**
 * Ends a server in the order fast, immediate, kill, and waits until its process is gone.
 * Killing loses nothing that was committed: the next start recovers it.
 */
export async function endPostmaster(pid: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', FAST_SHUTDOWN],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN],
    ['SIGKILL', IMMEDIATE_SHUTDOWN],
  ] as const) {
    sendSignal(pid, signal);
    const deadline = performance.now() + patience;
    while (performance.now() < deadline) {
      if (commandOf(pid) === undefined) return;
      await pause(POLL);
    }
  }
}

/**
 * Kills what works on `directory` without a server: the sessions of one that was killed, of which a busy one would hold
 * the shared memory until its query is done, or an initdb whose parent was killed. Only Linux tells which they are.
 */
export function endAbandoned(directory: string): void {
  if (process.platform !== 'linux') return;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const command = Number.isInteger(pid) ? commandOf(pid) : undefined;
    if (command === undefined || !/(^|\/)(postgres|initdb)[: ]/.test(command)) continue;
    if (command.includes(`=${directory} `) || workingDirectoryOf(pid) === directory)
      sendSignal(pid, 'SIGKILL');
  }
}

function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
