import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory } from './adapters/db/embedded/lock-file.ts';
import { createProber } from './adapters/media/index.ts';
import { Spool } from './adapters/storage/spool.ts';
import type { Importing } from './cli/command.ts';
import type { Config } from './config.ts';
import { type CommandDatabase, usable } from './database.ts';
import { Budget } from './lib/budget.ts';
import type { Logger } from './lib/logger.ts';
import { Metrics } from './lib/metrics/metrics.ts';
import { createMeters } from './services/meters.ts';
import { openShared } from './shared.ts';
import { openStore } from './store.ts';

/** Small files that wait for their probe may take this much memory, bytes. */
const SMALL_FILE_BYTES = 32 * 1024 * 1024;

interface Opening {
  readonly opened: CommandDatabase;
  readonly log: Logger;
  readonly closers: (() => Promise<unknown>)[];
}

/**
 * Opens what the command that imports files works with. It has a spool of its own, since a server may have the other.
 * @throws ConfigError; DataDirectoryInUseError while another import runs
 */
export async function openImporting(config: Config, { opened, log, closers }: Opening): Promise<Importing> {
  const { db, address } = opened;
  const store = await openStore(config.storage);
  const { events } = await openShared(config, { db, address, log, closers });
  const directory = join(config.dataDir, 'import');
  const lock = await lockDirectory(directory);
  closers.push(() => lock.release());
  // What an import that was killed has left.
  await rm(directory, { recursive: true, force: true });
  const spool = await usable('DATA_DIR', config.dataDir, Spool.open(directory));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const prober = createProber({ maxImagePixels: config.limits.imagePixels, log });
  closers.push(() => prober.close());
  const services = {
    db,
    store,
    events,
    spool,
    prober,
    log,
    limits: config.limits,
    meters: createMeters(new Metrics()),
    smallFileBytes: new Budget(SMALL_FILE_BYTES),
    signal: new AbortController().signal,
    // Those of a server, or of the next start, see what is to be done.
    placeholders: { wake() {} },
    via: 'cli' as const,
  };
  return { services, timeZone: config.timeZone };
}
