import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eq } from 'drizzle-orm';
import { migrateDatabase } from '../../src/adapters/db/migrate.ts';
import { connectListener, type Database, openDatabase } from '../../src/adapters/db/open.ts';
import { blobs } from '../../src/adapters/db/schema.ts';
import { PostgresEventBus } from '../../src/adapters/events/postgres-event-bus.ts';
import { LocalStore } from '../../src/adapters/storage/local-store.ts';
import { AppError } from '../../src/errors.ts';
import { PlaceholderWorker } from '../../src/services/blob/placeholder-worker.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

describe.skipIf(missing('PostgreSQL', findPostgres()))('the work on a placeholder', () => {
  let server: ExternalPostgres;
  let db: Database;
  let events: PostgresEventBus;
  let directory: { readonly path: string } & AsyncDisposable;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase();
    await migrateDatabase(url, async () => {});
    db = openDatabase(url, 5);
    events = new PostgresEventBus({
      sql: db.$client,
      connectListener: (handlers) => connectListener(url, handlers),
      onError: () => {},
    });
    directory = await temporaryDirectory();
  });
  afterAll(async () => {
    await events.close();
    await db.$client.end({ timeout: 1 });
    await server.stop();
    await directory[Symbol.asyncDispose]();
  });

  /** A picture that is to have its placeholder, and a worker that makes it so. */
  const begin = async (
    makePlaceholder: (id: string, signal: AbortSignal) => Promise<string>,
    leaseMs?: number,
  ) => {
    const id = Bun.randomUUIDv7();
    const path = join(directory.path, id);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, id);
    await db.insert(blobs).values({
      id,
      sha256: id,
      size: id.length,
      mimeType: 'image/png',
      kind: 'IMAGE',
      storageKey: id,
      placeholderDue: new Date(),
    });
    const worker = new PlaceholderWorker({
      db,
      store: await LocalStore.open(directory.path),
      log,
      events,
      makePlaceholder: (_, signal) => makePlaceholder(id, signal),
      ...(leaseMs ? { leaseMs } : {}),
    });
    worker.start();
    return { id, worker, [Symbol.asyncDispose]: () => worker.stop() };
  };
  const look = async (id: string) => {
    const [row] = await db.select().from(blobs).where(eq(blobs.id, id));
    if (!row) throw new Error('the picture is gone');
    return row;
  };

  test('stays with its worker for as long as that works', async () => {
    await using work = await begin(async (id) => {
      const leases = new Set<number | undefined>();
      await until('its lease to be renewed', async () => {
        leases.add((await look(id)).placeholderDue?.getTime());
        return leases.size > 3 || undefined;
      });
      return 'made';
    }, 300);
    const row = await until('the placeholder', async () => {
      const now = await look(work.id);
      return now.placeholderDue === null ? now : undefined;
    });
    expect(row).toMatchObject({ placeholder: 'made', placeholderAttempts: 1, damaged: false });
  });

  test('is given up when it is late each time, and the picture is not called damaged', async () => {
    let tries = 0;
    await using work = await begin(async () => {
      tries++;
      throw new AppError('PROBE_TIMEOUT');
    });
    for (let attempt = 1; attempt <= 4; attempt++) {
      await until(
        'the next try',
        async () => (await look(work.id)).placeholderAttempts === attempt || undefined,
      );
      if (attempt === 4) break;
      await db.update(blobs).set({ placeholderDue: new Date() }).where(eq(blobs.id, work.id));
      work.worker.wake();
    }
    await until('the end', async () => (await look(work.id)).placeholderDue === null || undefined);
    expect(await look(work.id)).toMatchObject({ placeholder: null, damaged: false });
    expect(tries).toBe(3);
  });

  test('ends with its worker, and does not count as a try', async () => {
    const { promise: began, resolve } = Promise.withResolvers<void>();
    const work = await begin(async (_, signal) => {
      resolve();
      return await new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    await began;
    await work.worker.stop();
    const { placeholderDue, ...row } = await look(work.id);
    expect(row).toMatchObject({ placeholder: null, damaged: false, placeholderAttempts: 0 });
    expect(placeholderDue?.getTime()).toBeLessThanOrEqual(Date.now());
  });
});
