import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryInUseError } from './adapters/db/embedded/errors.ts';
import { lockDirectory } from './adapters/db/embedded/lock-file.ts';
import { Spool } from './adapters/storage/spool.ts';
import type { Sweeping } from './cli/command.ts';
import type { Config } from './config.ts';
import { type CommandDatabase, usable } from './database.ts';
import type { Logger } from './lib/logger.ts';
import { openShared } from './shared.ts';
import { openStore } from './store.ts';

interface Opening {
  readonly opened: CommandDatabase;
  readonly log: Logger;
  readonly closers: (() => Promise<unknown>)[];
}

/**
 * Opens what the command that sweeps works with. It sees the spool only where no server has it.
 * @throws ConfigError
 */
export async function openSweeping(config: Config, { opened, log, closers }: Opening): Promise<Sweeping> {
  const via = 'cli' as const;
  const { db, address } = opened;
  const store = await openStore(config.storage);
  const { events } = await openShared(config, { db, address, log, closers });
  const directory = join(config.dataDir, 'spool');
  const hasSpool = existsSync(directory) && (opened.ownsDirectory ?? (await takeDirectory(config, closers)));
  const spool = hasSpool ? await usable('DATA_DIR', config.dataDir, Spool.open(directory)) : undefined;
  // The report names each faulty file, so the log need not.
  const services = { db, store, events, via, log: { ...log, error() {} }, ...(spool ? { spool } : {}) };
  return { services, trashDays: config.trashDays, auditDays: config.auditDays };
}

/** As a server does that has its database elsewhere. @returns false beside one. */
async function takeDirectory(config: Config, closers: Opening['closers']): Promise<boolean> {
  try {
    const lock = await lockDirectory(join(config.dataDir, 'stockroom'));
    closers.push(() => lock.release());
    return true;
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return false;
    throw error;
  }
}
