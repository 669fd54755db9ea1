import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArchiveError } from './tar.ts';
import type { Sink } from './write-archive.ts';

const UNFINISHED = '.part';

/**
 * Lets `write` fill a file that has its name only when all of it is durable; only its owner may read it.
 * @throws ArchiveError when it is there already, unless it may be replaced; what `write` throws. Nothing stays then.
 */
export async function writeArchiveFile<T>(
  path: string,
  mayReplace: boolean,
  write: (sink: Sink) => Promise<T>,
): Promise<T> {
  if (existsSync(path) && !mayReplace) {
    throw new ArchiveError(`${path} is there already; --force replaces it`);
  }
  const unfinished = path + UNFINISHED;
  // What a backup that was killed has left.
  await rm(unfinished, { force: true });
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    const written = await write({ write: (bytes) => handle.writeFile(bytes) });
    await handle.sync();
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
