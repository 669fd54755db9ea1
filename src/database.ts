import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DataDirectoryInUseError } from './adapters/db/embedded/errors.ts';
import { findRunningPostgres } from './adapters/db/embedded/find-running.ts';
import { enterAsGuest, outlastGuests } from './adapters/db/embedded/guests.ts';
import { lockDirectory } from './adapters/db/embedded/lock-file.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './adapters/db/embedded/start.ts';
import { databaseErrorCode, isDatabaseUnavailable } from './adapters/db/errors.ts';
import { migrateDatabase } from './adapters/db/migrate.ts';
import { type Database, type DatabaseAddress, openDatabase } from './adapters/db/open.ts';
import { type Config, ConfigError } from './config.ts';
import type { Logger } from './lib/logger.ts';
import type { Tracer } from './lib/tracer.ts';

/** A server that has just taken the directory may need this long until its database takes connections, ms. */
const START_PATIENCE = 20_000;
/** ms */
const POLL = 50;
const NOTICE_AFTER = 1_000;

/** What to close, in the reverse order. */
type Closers = (() => Promise<unknown>)[];
type AfterMigrations = Parameters<typeof migrateDatabase>[1];

export interface OpenDatabase {
  readonly db: Database;
  readonly address: DatabaseAddress;
}

/** What a command has opened. */
export interface CommandDatabase extends OpenDatabase {
  /** Whether no server has the data directory; undefined: the database is elsewhere and does not tell. */
  readonly ownsDirectory: boolean | undefined;
}

/**
 * Opens and migrates the database for the server, which owns its data directory.
 * @throws DataDirectoryInUseError, DatabaseStartError, ConfigError with a line for the operator.
 */
export async function openServerDatabase(
  config: Config,
  log: Logger,
  closers: Closers,
  afterMigrations: AfterMigrations,
  tracer?: Tracer,
): Promise<OpenDatabase> {
  const address = config.databaseUrl ?? (await startOwn(config, log, closers)).connection;
  if (config.databaseUrl) {
    const lock = await lockDirectory(join(config.dataDir, 'stockroom'));
    closers.push(() => lock.release());
  }
  await migrate(config, address, afterMigrations);
  return open(address, closers, tracer);
}

/**
 * Where the database is for whoever only looks at it, as it is: nothing is started, made or migrated.
 * @returns undefined where the embedded one does not run.
 */
export async function findDatabase(config: Config): Promise<DatabaseAddress | undefined> {
  if (config.databaseUrl) return config.databaseUrl;
  const directory = embeddedDirectory(config);
  return existsSync(directory) ? await findRunningPostgres(directory) : undefined;
}

/**
 * Opens and migrates the database for a command, which may run beside a server. The embedded database is that server's;
 * where none runs, the command starts it, and ends it when it is closed and no other command uses it any more.
 * @throws DataDirectoryInUseError, DatabaseStartError, ConfigError with a line for the operator.
 */
export async function openCommandDatabase(
  config: Config,
  log: Logger,
  closers: Closers,
): Promise<CommandDatabase> {
  if (config.databaseUrl) {
    await migrate(config, config.databaseUrl);
    return { ...open(config.databaseUrl, closers), ownsDirectory: undefined };
  }
  await usable('DATA_DIR', config.dataDir, mkdir(config.dataDir, { recursive: true, mode: 0o700 }));
  const deadline = performance.now() + START_PATIENCE;
  for (;;) {
    try {
      const embedded = await startOwn(config, log, closers);
      closers.push(() => untilUnused(embedded.connection, log));
      await migrate(config, embedded.connection);
      return { ...open(embedded.connection, closers), ownsDirectory: true };
    } catch (error) {
      if (!(error instanceof DataDirectoryInUseError)) throw error;
      const beside = await openBeside(config, closers);
      if (beside) return { ...beside, ownsDirectory: false };
      if (performance.now() > deadline) throw error;
    }
    await pause(POLL);
  }
}

/** @throws ConfigError naming the variable whose directory or store does not let us use it. */
export async function usable<T>(
  variable: string,
  value: string,
  opening: Promise<T>,
  what = 'must be a directory that can be made and written',
): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${variable}=${value}: ${what}: ${reason}`);
  }
}

/** undefined while the owner of the directory is starting or stopping its database. */
async function openBeside(config: Config, closers: Closers): Promise<OpenDatabase | undefined> {
  const address = await findRunningPostgres(embeddedDirectory(config));
  if (!address) return undefined;
  try {
    const guest = await enterAsGuest(address);
    if (!guest) return undefined;
    closers.push(() => guest.leave());
    await migrate(config, address);
  } catch (error) {
    // 3D000: right after its very first start the database itself is still to be made.
    if (isDatabaseUnavailable(error) || databaseErrorCode(error) === '3D000') return undefined;
    throw error;
  }
  return open(address, closers);
}

/** A server never comes beside a command that owns the directory, but other commands do, and they end by themselves. */
async function untilUnused(address: DatabaseAddress, log: Logger): Promise<void> {
  const notice = setTimeout(
    () => log.warn({}, 'waiting for other commands that use the database'),
    NOTICE_AFTER,
  );
  // A database that does not answer has no users either.
  await outlastGuests(address).catch(() => {});
  clearTimeout(notice);
}

async function startOwn(config: Config, log: Logger, closers: Closers): Promise<EmbeddedPostgres> {
  const embedded: EmbeddedPostgres = await startEmbeddedPostgres({
    directory: embeddedDirectory(config),
    log,
    // Nothing goes on without the database: it ends the process as any uncaught error does.
    onLost: (error) => {
      setImmediate(() => {
        throw error;
      });
    },
  });
  closers.push(() => embedded.stop());
  return embedded;
}

async function migrate(
  config: Config,
  address: DatabaseAddress,
  afterwards: AfterMigrations = async () => {},
): Promise<void> {
  try {
    await migrateDatabase(address, afterwards);
  } catch (error) {
    const code = databaseErrorCode(error);
    if (!config.databaseUrl || code === undefined) throw error;
    const server = new URL(config.databaseUrl);
    const reason = error instanceof Error && error.message ? `${error.message} (${code})` : code;
    throw new ConfigError(
      `DATABASE_URL: the database at ${server.host}${server.pathname} cannot be used: ${reason}`,
    );
  }
}

function open(address: DatabaseAddress, closers: Closers, tracer?: Tracer): OpenDatabase {
  const db = openDatabase(address, undefined, tracer);
  closers.push(() => db.$client.end({ timeout: 5 }));
  return { db, address };
}

function embeddedDirectory(config: Config): string {
  return join(config.dataDir, 'db');
}
