import { access } from 'node:fs/promises';
import { resolveDirectory } from './cluster.ts';
import { readPidFile } from './pid-file.ts';
import { commandOf, isPostmasterOf } from './processes.ts';
import { runtimeDirectoryIn } from './runtime-directory.ts';
import { DATABASE, SOCKET_PORT, SUPERUSER, socketPath } from './settings.ts';
import type { EmbeddedPostgres } from './start.ts';

/**
 * How to connect to the server that another process of this program runs on `directory`; undefined when none takes
 * connections there. It stays that process's: nothing is locked, and it may end at any time.
 */
export async function findRunningPostgres(
  directory: string,
): Promise<EmbeddedPostgres['connection'] | undefined> {
  const resolved = await resolveDirectory(directory);
  const file = await readPidFile(resolved);
  if (!file?.ready || !isPostmasterOf(file.pid, resolved)) return undefined;
  const host = runtimeDirectoryIn(commandOf(file.pid) ?? '');
  if (host === undefined) return undefined;
  const isReachable = await access(socketPath(host)).then(
    () => true,
    () => false,
  );
  return isReachable ? { host, port: SOCKET_PORT, user: SUPERUSER, database: DATABASE } : undefined;
}
