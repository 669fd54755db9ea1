import { chown, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseStartError, errorCode } from './errors.ts';
import type { Identity } from './identity.ts';
import { socketPath } from './settings.ts';

const PREFIX = 'stockroom-db-';

/** Bytes; the kernel's limit is 107 on Linux and 103 on macOS. */
const LONGEST_SOCKET_PATH = 90;

/**
 * Makes the private directory (mode 0700) for the server's socket. It lies in the system's temporary directory because
 * a data directory's own path may be too long for a socket.
 */
export async function createRuntimeDirectory(identity: Identity): Promise<string> {
  let directory = await mkdtemp(join(tmpdir(), PREFIX));
  if (Buffer.byteLength(socketPath(directory)) >= LONGEST_SOCKET_PATH) {
    await rm(directory, { recursive: true });
    directory = await mkdtemp(join('/tmp', PREFIX));
  }
  await handOver(directory, identity);
  return directory;
}

/** Makes the directory again where something has cleaned it away. */
export async function restoreRuntimeDirectory(directory: string, identity: Identity): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
    await handOver(directory, identity);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const { uid } = await lstat(directory);
    // Temporary directories are for everybody: never trust one that somebody else made under this name.
    if (uid !== (identity.uid ?? process.getuid?.())) {
      throw new DatabaseStartError(`The temporary directory ${directory} belongs to another user.`);
    }
  }
}

/** The socket's directory of a server that this program started, from its command line. */
export function runtimeDirectoryIn(command: string): string | undefined {
  return /unix_socket_directories=(.*?\/stockroom-db-\w+) /.exec(command)?.[1];
}

function isRuntimeDirectory(path: string): boolean {
  return basename(path).startsWith(PREFIX);
}

/** Removes a directory that this program made, also in an earlier run; leaves any other alone. */
export async function removeRuntimeDirectory(path: string): Promise<void> {
  if (isRuntimeDirectory(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
}

async function handOver(directory: string, { uid, gid }: Identity): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid);
}
