import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lt, sql } from 'drizzle-orm';
import { checkMigrations } from './adapters/db/migrate.ts';
import { rateLimits } from './adapters/db/schema.ts';
import { createProber, Renderer } from './adapters/media/index.ts';
import { PgBossQueue } from './adapters/queue/pg-boss-queue.ts';
import { RemoteClient } from './adapters/remote/remote-client.ts';
import { DiskCache } from './adapters/storage/disk-cache.ts';
import { checkDiskSpace } from './adapters/storage/disk-space.ts';
import { Spool } from './adapters/storage/spool.ts';
import { MemoryGauge } from './adapters/system/memory-gauge.ts';
import { type Config, ConfigError } from './config.ts';
import { openServerDatabase, usable } from './database.ts';
import { AppError } from './errors.ts';
import { registerGauges } from './gauges.ts';
import { Budget } from './lib/budget.ts';
import { Limiter } from './lib/limiter.ts';
import type { Logger } from './lib/logger.ts';
import { Metrics } from './lib/metrics/metrics.ts';
import { type Tracer, tracedCalls } from './lib/tracer.ts';
import { createFirstAdmin, type FirstAdmin } from './services/account/create-first-admin.ts';
import { LoginFailures } from './services/account/login-failures.ts';
import { PlaceholderWorker } from './services/blob/placeholder-worker.ts';
import type { Services } from './services/context.ts';
import { ExportPlaces } from './services/export/export-places.ts';
import { Readiness } from './services/health/readiness.ts';
import { FetchGate } from './services/image-fetch/fetch-gate.ts';
import { linkSecrets } from './services/link/link-secrets.ts';
import { FileBytes } from './services/material/file-bytes.ts';
import { FileCache } from './services/material/file-cache.ts';
import { sweepReservations } from './services/material/ingest/mall-quota.ts';
import { recoverSpool } from './services/material/ingest/recover-spool.ts';
import { Variants } from './services/material/variant/variants.ts';
import { createMeters, outcomeOf } from './services/meters.ts';
import { refuseWhenMemoryIsShort } from './services/pressure.ts';
import { SweepJob } from './services/sweep/sweep-job.ts';
import { openShared } from './shared.ts';
import { endUnfinishedUploads, openStore } from './store.ts';

const MIB = 1024 * 1024;
/** Small files that wait for their probe may take this much memory, bytes. */
const SMALL_FILE_BYTES = 32 * MIB;
/** argon2id takes 19 MiB and a core each. */
const PASSWORDS_AT_ONCE = 2;
const PASSWORDS_WAITING = 200;
/** Variants of one picture that are kept. */
const VARIANTS_EACH = 200;
const SWEEP_MS = 3_600_000;
/** The longest that a message to a webhook may take, with a large file. */
const WEBHOOK_MS = 6 * 3_600_000;

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
export async function openRuntime(config: Config, plainLog: Logger): Promise<Runtime> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    await usable('DATA_DIR', config.dataDir, mkdir(config.dataDir, { recursive: true, mode: 0o700 }));
    const { tracer, log } = await openTracing(config, plainLog, closers);
    let firstAdmin: FirstAdmin | undefined;
    const prepare = async (fresh: Parameters<typeof createFirstAdmin>[0]) => {
      firstAdmin = await makeFirstAdmin(fresh, config);
    };
    const { db, address } = await openServerDatabase(config, log, closers, prepare, tracer);

    const store = tracedCalls(await openStore(config.storage), tracer, {
      put: 'store put',
      size: 'store size',
      remove: 'store remove',
    });
    endUnfinishedUploads(store, log);
    const spoolDir = join(config.dataDir, 'spool');
    const spool = await usable('DATA_DIR', config.dataDir, Spool.open(spoolDir, config.spoolBytes));
    await recoverSpool({ db, spool, store, log });

    const closing = new AbortController();
    const { dependencies, fetchLimit, ...shared } = await openShared(config, { db, address, log, closers });
    const readiness = new Readiness({
      dependencies: [
        { name: 'database', check: () => db.$client`select 1` },
        { name: 'migrations', check: () => checkMigrations(db.$client) },
        ...dependencies,
        { name: 'store', check: () => store.check() },
        { name: 'disk', check: () => checkDiskSpace(config.dataDir) },
      ],
      closing: closing.signal,
      log,
    });
    const metrics = new Metrics();
    const meters = createMeters(metrics);
    const prober = tracedCalls(createProber({ maxImagePixels: config.limits.imagePixels, log }), tracer, {
      probe: 'probe',
    });
    closers.push(() => prober.close());
    const placeholders = new PlaceholderWorker({
      db,
      store,
      log,
      events: shared.events,
      makePlaceholder: (source, signal) => prober.makePlaceholder(source, signal),
    });
    placeholders.start();
    closers.push(() => placeholders.stop());

    const ffmpeg = Bun.which('ffmpeg') ?? undefined;
    const ownRenderer = new Renderer({ maxImagePixels: config.limits.imagePixels, ffmpeg, log });
    const renderer = tracedCalls(ownRenderer, tracer, { render: 'decode' });
    closers.push(() => renderer.close());
    const cache = await usable(
      'DATA_DIR',
      config.dataDir,
      DiskCache.open(join(config.dataDir, 'variants'), {
        capacity: config.variantCacheBytes,
        maxGroup: VARIANTS_EACH,
      }),
    );
    const memory = await MemoryGauge.open({ maxBytes: config.maxMemoryBytes });
    const admit = () => refuseWhenMemoryIsShort({ memory });
    const variants = new Variants({
      store,
      renderer,
      cache,
      admit,
      onMade: (seconds, error) => meters.decodeSeconds.with(outcomeOf(error)).observe(seconds),
    });
    const files = new FileCache({
      bus: shared.events,
      onRemoved: (sha256) => void variants.purge(sha256).catch(() => {}),
    });
    closers.push(async () => files.close());

    const loginFailures = new LoginFailures({ db, log });
    closers.push(() => loginFailures.close());
    const remote = new RemoteClient(config.remote);
    closers.push(() => remote.close());
    const webhookClient = new RemoteClient({ ...config.remote, timeoutMs: WEBHOOK_MS });
    closers.push(() => webhookClient.close());
    const jobs = new PgBossQueue({ sql: db.$client, events: shared.events, log });
    const endJobs = () => jobs.close();
    closers.push(endJobs);
    // Others go on with them while the last requests end here.
    closing.signal.addEventListener('abort', () => void endJobs().catch(() => {}), { once: true });

    const sweepJob = new SweepJob({
      services: { db, store, spool, events: shared.events, log },
      trashDays: config.trashDays,
      auditDays: config.auditDays,
    });
    sweepJob.start();
    closers.push(() => sweepJob.stop());

    const sweep = setInterval(() => {
      Promise.all([
        shared.sessions.sweep(),
        db.delete(rateLimits).where(lt(rateLimits.expire, sql`now()`)),
        sweepReservations(db),
      ]).catch((error: unknown) => log.warn({ err: error }, 'what has expired is removed later'));
    }, SWEEP_MS);
    closers.push(async () => clearInterval(sweep));

    const passwords = new Limiter({ concurrency: PASSWORDS_AT_ONCE, queue: PASSWORDS_WAITING });
    const smallFileBytes = new Budget(SMALL_FILE_BYTES);
    if (config.metrics.on) {
      await registerGauges(metrics, {
        ...{ db, spool, prober, passwords, smallFileBytes, files, variants, readiness, renderer, cache },
        dataDir: config.dataDir,
      });
    }

    return {
      services: {
        db,
        databaseAddress: address,
        store,
        spool,
        prober,
        placeholders,
        variants,
        renderer,
        remote,
        imageFetches: new FetchGate({
          db,
          log,
          limit: fetchLimit,
          timeoutMs: config.remote.timeoutMs,
          maxBytes: Math.min(config.remote.maxBytes, config.limits.fileBytes),
        }),
        webhookClient,
        log,
        limits: config.limits,
        timeZone: config.timeZone,
        exportDays: config.exportDays,
        ...shared,
        jobs,
        closing: closing.signal,
        linkSecrets: await linkSecrets(db, config.linkSecrets),
        passwordLegacy: config.passwordLegacy,
        loginFailures,
        memory,
        passwords,
        smallFileBytes,
        exportPlaces: new ExportPlaces(),
        files,
        fileBytes: new FileBytes({ store, log, redirectBytes: config.redirectBytes }),
        readiness,
        metrics: config.metrics.on ? metrics : undefined,
        meters,
        tracer,
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

/** The libraries are read only where traces are wanted. */
async function openTracing(
  { tracing }: Config,
  log: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<{ readonly log: Logger; readonly tracer?: Tracer }> {
  if (!tracing) return { log };
  const [{ openTracer }, { tracedLog }] = await Promise.all([
    import('./adapters/tracing/open-tracer.ts'),
    import('./adapters/tracing/traced-log.ts'),
  ]);
  const tracer = openTracer({ ...tracing, log });
  closers.push(() => tracer.close());
  return { log: tracedLog(log, tracer), tracer };
}

/** @throws ConfigError */
async function makeFirstAdmin(
  db: Parameters<typeof createFirstAdmin>[0],
  { firstAdmin }: Config,
): Promise<FirstAdmin | undefined> {
  try {
    return await createFirstAdmin(db, firstAdmin);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'USERNAME_TAKEN') throw error;
    throw new ConfigError(
      `ADMIN_USERNAME=${firstAdmin.username}: there is a user of this name, but no administrator yet. Set another name, or make one: bun run stockroom user add <name> --admin`,
    );
  }
}
