import { inArray, sql } from 'drizzle-orm';
import { blobs, exportJobs } from '../../adapters/db/schema.ts';
import type { StoredObject } from '../../adapters/storage/object-store.ts';
import { isExportKey } from '../export-job/export-key.ts';
import { isStorageKey } from '../material/ingest/staged-file.ts';
import { compareStore, type StoredRow } from './compare-store.ts';
import type { SweepOptions, SweepServices } from './sweep.ts';

/** Objects that one sweep removes: what is more waits for the next. */
const MAX_REMOVED = 10_000;
/** Of so many objects without a row, more than there are with one, something else is wrong. */
const SUSPICIOUS = 100;
/** Files whose loss is told one by one; what is more is counted. */
const MAX_TOLD = 1000;
const MAX_LOGGED = 100;
const ROWS_PER_STATEMENT = 500;

/** A row whose bytes are not what they should be. */
export interface FaultyFile {
  /** A UUID: the row is a blob's, or that of an export. */
  readonly blobId?: string;
  readonly exportId?: string;
  readonly storageKey: string;
  /** Bytes that there should be. */
  readonly size: number;
  /** Bytes that there are; null: no file. */
  readonly stored: number | null;
}

export interface StoreReport {
  /** Objects that have their row. */
  readonly files: number;
  /** Objects without a row that no running upload can have put there. */
  readonly unreferencedFiles: number;
  readonly unreferencedBytes: number;
  /** Whether most objects have no row, so that only a sweep with `force` removes any. */
  readonly needsForce: boolean;
  /** How many of them were removed. */
  readonly removedFiles: number;
  /** Objects with names that this server does not make; they are left alone. */
  readonly foreignFiles: number;
  /** At most 1,000 of each. */
  readonly missingFiles: readonly FaultyFile[];
  readonly wrongSizes: readonly FaultyFile[];
}

/**
 * Compares the store with the tables of blobs and exports.
 * @param quiet bytes that came after it may belong to uploads that run.
 */
export async function sweepStore(
  services: SweepServices,
  quiet: Date,
  { dryRun, force, signal }: SweepOptions,
): Promise<StoreReport> {
  const { db, store } = services;
  const counts = { files: 0, unreferencedFiles: 0, unreferencedBytes: 0, foreignFiles: 0 };
  const unreferenced: string[] = [];
  const faulty = new FaultyFiles(services);
  for await (const { object, row } of compareStore(db, store)) {
    if (signal?.aborted) break;
    if (object && row) {
      counts.files++;
      if (object.size !== row.size) await faulty.check(row);
    } else if (row) {
      await faulty.check(row);
    } else if (object && !isStorageKey(object.key) && !isExportKey(object.key)) {
      counts.foreignFiles++;
    } else if (object && object.modified < quiet) {
      counts.unreferencedFiles++;
      counts.unreferencedBytes += object.size;
      if (unreferenced.length < MAX_REMOVED) unreferenced.push(object.key);
    }
  }
  const needsForce = counts.unreferencedFiles > Math.max(SUSPICIOUS, counts.files);
  if (needsForce && !force) {
    services.log.error(
      counts,
      'most files of the store have no rows, so none is removed: is this the right database for them?',
    );
  }
  const mayRemove = !dryRun && (!needsForce || force);
  const removedFiles = mayRemove ? await removeUnreferenced(services, unreferenced, signal) : 0;
  return { ...counts, needsForce, removedFiles, ...faulty.told() };
}

/** Rows may be older than the list of objects: they are asked for again. */
async function removeUnreferenced(
  { db, store, log }: SweepServices,
  keys: readonly StoredObject['key'][],
  signal: AbortSignal | undefined,
): Promise<number> {
  let removed = 0;
  for (let start = 0; start < keys.length && !signal?.aborted; start += ROWS_PER_STATEMENT) {
    const page = keys.slice(start, start + ROWS_PER_STATEMENT);
    const referenced = await referencedKeys(db, page);
    for (const key of page) {
      if (referenced.has(key)) continue;
      await store.remove(key);
      log.debug({ storageKey: key }, 'removed bytes that no row names');
      removed++;
    }
  }
  return removed;
}

async function referencedKeys(
  db: SweepServices['db'],
  keys: readonly string[],
): Promise<ReadonlySet<string | null>> {
  const ofBlobs = await db
    .select({ key: blobs.storageKey })
    .from(blobs)
    .where(inArray(sql`${blobs.storageKey} collate "C"`, keys));
  const ofExports = await db
    .select({ key: exportJobs.storageKey })
    .from(exportJobs)
    .where(inArray(sql`${exportJobs.storageKey} collate "C"`, keys));
  return new Set([...ofBlobs, ...ofExports].map(({ key }) => key));
}

class FaultyFiles {
  readonly #services: SweepServices;
  readonly #missing: FaultyFile[] = [];
  readonly #wrong: FaultyFile[] = [];
  #logged = 0;

  constructor(services: SweepServices) {
    this.#services = services;
  }

  /** Looks again: the file may have come after the list was made, and the row may have gone. */
  async check({ kind, id, storageKey, size }: StoredRow): Promise<void> {
    const { db, store, log } = this.#services;
    const stored = (await store.size(storageKey)) ?? null;
    if (stored === size) return;
    const [key] = await referencedKeys(db, [storageKey]);
    if (key === undefined) return;
    const file = { ...(kind === 'blob' ? { blobId: id } : { exportId: id }), storageKey, size, stored };
    const list = stored === null ? this.#missing : this.#wrong;
    if (list.length < MAX_TOLD) list.push(file);
    if (++this.#logged <= MAX_LOGGED) log.error(file, 'stored bytes are missing or cut');
  }

  told() {
    return { missingFiles: this.#missing, wrongSizes: this.#wrong };
  }
}
