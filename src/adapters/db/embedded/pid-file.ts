import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isPostmasterOf } from './processes.ts';

/** What PostgreSQL writes to `postmaster.pid` (its source: src/include/utils/pidfile.h). */
export interface PidFile {
  readonly pid: number;
  readonly ready: boolean;
}

/** The server's own note of who runs on `directory`; undefined when there is none. */
export async function readPidFile(directory: string): Promise<PidFile | undefined> {
  const text = await readFile(pidFilePath(directory), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return {
    pid: Number.parseInt(lines[0] ?? '', 10) || 0,
    ready: lines[7]?.trim() === 'ready',
  };
}

/**
 * Removes the note of a server that is gone. PostgreSQL does so by itself unless the process number belongs to another
 * program by now: then it would refuse to start for ever. @returns false when the server does run.
 */
export async function clearStalePidFile(directory: string): Promise<boolean> {
  const file = await readPidFile(directory);
  if (!file) return true;
  if (file.pid > 0 && isPostmasterOf(file.pid, directory)) return false;
  await rm(pidFilePath(directory), { force: true });
  return true;
}

function pidFilePath(directory: string): string {
  return join(directory, 'postmaster.pid');
}
