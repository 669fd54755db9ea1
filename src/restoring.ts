import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirectoryInUseError } from './adapters/db/embedded/errors.ts';
import { lockDirectory } from './adapters/db/embedded/lock-file.ts';
import { type Config, ConfigError } from './config.ts';
import { type CommandDatabase, usable } from './database.ts';
import type { RestoreServices } from './services/backup/restore.ts';
import { openStore } from './store.ts';

interface Opening {
  readonly opened: CommandDatabase;
  readonly closers: (() => Promise<unknown>)[];
}

/**
 * Opens what the command that restores works with, where no server has the data directory.
 * @throws ConfigError
 */
export async function openRestoring(config: Config, { opened, closers }: Opening): Promise<RestoreServices> {
  if (opened.ownsDirectory === false) throw inUse(config);
  const store = await openStore(config.storage);
  const directory = join(config.dataDir, 'restore');
  await usable('DATA_DIR', config.dataDir, mkdir(config.dataDir, { recursive: true, mode: 0o700 }));
  if (opened.ownsDirectory === undefined) {
    try {
      const lock = await lockDirectory(join(config.dataDir, 'stockroom'));
      closers.push(() => lock.release());
    } catch (error) {
      throw error instanceof DataDirectoryInUseError ? inUse(config) : error;
    }
  }
  // What a restore that was killed has left.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  closers.push(() => rm(directory, { recursive: true, force: true }));
  return { db: opened.db, store, directory };
}

function inUse({ dataDir }: Config): ConfigError {
  return new ConfigError(`DATA_DIR=${dataDir}: a server or another command uses it: stop it first`);
}
