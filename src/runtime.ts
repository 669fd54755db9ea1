import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lt, sql } from 'drizzle-orm';
import { lockDirectory } from './adapters/db/embedded/lock-file.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './adapters/db/embedded/start.ts';
import { databaseErrorCode } from './adapters/db/errors.ts';
import { migrateDatabase } from './adapters/db/migrate.ts';
import { type DatabaseAddress, openDatabase } from './adapters/db/open.ts';
import { rateLimits } from './adapters/db/schema.ts';
import { createProber, makePlaceholder } from './adapters/media/index.ts';
import { LocalStore } from './adapters/storage/local-store.ts';
import { Spool } from './adapters/storage/spool.ts';
import { type Config, ConfigError } from './config.ts';
import { Budget } from './lib/budget.ts';
import { Limiter } from './lib/limiter.ts';
import type { Logger } from './lib/logger.ts';
import { createFirstAdmin, type FirstAdmin } from './services/account/create-first-admin.ts';
import { PlaceholderWorker } from './services/blob/placeholder-worker.ts';
import type { Services } from './services/context.ts';
import { recoverSpool } from './services/material/ingest/recover-spool.ts';
import { SweepJob } from './services/sweep/sweep-job.ts';
import { openShared } from './shared.ts';

const MIB = 1024 * 1024;
/** Small files that wait for their probe may take this much memory, bytes. */
const SMALL_FILE_BYTES = 32 * MIB;
/** argon2id takes 19 MiB and a core each. */
const PASSWORDS_AT_ONCE = 2;
const PASSWORDS_WAITING = 200;
const SWEEP_MS = 3_600_000;

/** Everything that a process keeps open. */
export interface Runtime {
  readonly services: Omit<Services, 'urls'>;
  /** Of the very first start. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Ends the streams that have no end of their own. */
  readonly closing: AbortController;
  /** Closes in the reverse order; requests must have ended. */
  close(): Promise<void>;
}

/**
 * Opens the database, the files and the workers; when it resolves the server may take requests.
 * @throws DataDirectoryInUseError, DatabaseStartError, ConfigError with a line for the operator.
 */
export async function openRuntime(config: Config, log: Logger): Promise<Runtime> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    await usable('DATA_DIR', config.dataDir, mkdir(config.dataDir, { recursive: true, mode: 0o700 }));
    const address = await openAddress(config, log, closers);
    const firstAdmin = await prepareDatabase(config, address);
    const db = openDatabase(address);
    closers.push(() => db.$client.end({ timeout: 5 }));

    const store = await usable('STORAGE_URL', `file:${config.filesDir}`, LocalStore.open(config.filesDir));
    const spoolDir = join(config.dataDir, 'spool');
    const spool = await usable('DATA_DIR', config.dataDir, Spool.open(spoolDir, config.spoolBytes));
    await recoverSpool({ db, spool, store, log });

    const closing = new AbortController();
    const shared = await openShared(config, { db, address, log, closers });
    const prober = createProber({ maxImagePixels: config.limits.imagePixels, log });
    closers.push(() => prober.close());
    const placeholders = new PlaceholderWorker({
      db,
      store,
      log,
      events: shared.events,
      makePlaceholder: (bytes) => makePlaceholder(bytes, { maxImagePixels: config.limits.imagePixels }),
    });
    placeholders.start();
    closers.push(() => placeholders.stop());

    const sweepJob = new SweepJob({
      services: { db, store, spool, events: shared.events, log },
      trashDays: config.trashDays,
    });
    sweepJob.start();
    closers.push(() => sweepJob.stop());

    const sweep = setInterval(() => {
      Promise.all([
        shared.sessions.sweep(),
        db.delete(rateLimits).where(lt(rateLimits.expire, sql`now()`)),
      ]).catch((error: unknown) => log.warn({ err: error }, 'old sessions are removed later'));
    }, SWEEP_MS);
    closers.push(async () => clearInterval(sweep));

    return {
      services: {
        db,
        store,
        spool,
        prober,
        placeholders,
        log,
        limits: config.limits,
        timeZone: config.timeZone,
        ...shared,
        closing: closing.signal,
        passwordLegacy: config.passwordLegacy,
        passwords: new Limiter({ concurrency: PASSWORDS_AT_ONCE, queue: PASSWORDS_WAITING }),
        smallFileBytes: new Budget(SMALL_FILE_BYTES),
      },
      firstAdmin,
      closing,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws ConfigError naming the variable whose directory the file system does not let us use. */
async function usable<T>(variable: string, value: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `${variable}=${value}: must be a directory that can be made and written: ${reason}`,
    );
  }
}

async function openAddress(
  config: Config,
  log: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<DatabaseAddress> {
  if (config.databaseUrl) {
    const lock = await lockDirectory(join(config.dataDir, 'stockroom'));
    closers.push(() => lock.release());
    return config.databaseUrl;
  }
  const embedded: EmbeddedPostgres = await startEmbeddedPostgres({
    directory: join(config.dataDir, 'db'),
    log,
    // Nothing goes on without the database: it ends the process as any uncaught error does.
    onLost: (error) => {
      setImmediate(() => {
        throw error;
      });
    },
  });
  closers.push(() => embedded.stop());
  return embedded.connection;
}

async function prepareDatabase(config: Config, address: DatabaseAddress): Promise<FirstAdmin | undefined> {
  let firstAdmin: FirstAdmin | undefined;
  try {
    await migrateDatabase(address, async (db) => {
      firstAdmin = await createFirstAdmin(db, config.firstAdmin);
    });
  } catch (error) {
    const code = databaseErrorCode(error);
    if (!config.databaseUrl || code === undefined) throw error;
    const server = new URL(config.databaseUrl);
    const reason = error instanceof Error && error.message ? `${error.message} (${code})` : code;
    throw new ConfigError(
      `DATABASE_URL: the database at ${server.host}${server.pathname} cannot be used: ${reason}`,
    );
  }
  return firstAdmin;
}
