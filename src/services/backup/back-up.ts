import { sql } from 'drizzle-orm';
import type { TransactionSql } from 'postgres';
import { ArchiveError } from '../../adapters/archive/tar.ts';
import { ArchiveWriter, type Sink } from '../../adapters/archive/write-archive.ts';
import { copyOut } from '../../adapters/db/copy.ts';
import { appliedMigrations } from '../../adapters/db/migrate.ts';
import type { Services } from '../context.ts';
import { holdPurges } from './hold-purges.ts';
import { FORMAT, fileName, MANIFEST, type Manifest, pieceName } from './manifest.ts';
import { type BackedUpTable, backedUpTables, quoted } from './tables.ts';

/** Bytes of a table that are in memory at once. */
const PIECE_BYTES = 4 * 1024 * 1024;
const PAGE = 500;

type BackupServices = Pick<Services, 'db' | 'store'>;

interface StoredFile {
  readonly storageKey: string;
  readonly size: number;
  readonly sha256: string;
}

export interface BackupReport {
  readonly rows: number;
  readonly files: number;
  /** Of the archive. */
  readonly bytes: number;
}

export interface BackupOptions {
  readonly release: string;
  /** Bytes of files that have been written, and of all. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Writes all rows and files as they are at one instant, beside a server. Bytes that others purge meanwhile stay until a
 * later sweep.
 * @throws ArchiveError where another backup runs, or a stored file is missing or is not as it came; the store's and the
 * sink's errors. What was written then is no archive.
 */
export async function backUp(
  services: BackupServices,
  sink: Sink,
  options: BackupOptions,
): Promise<BackupReport> {
  return await services.db.transaction(async (holding) => {
    // Held before the snapshot is taken, by a transaction of its own.
    if (!(await holdPurges(holding))) throw new ArchiveError('another backup is running');
    const report = await services.db.$client.begin(
      'isolation level repeatable read read only',
      async (tx) => await write(services, tx, new ArchiveWriter(sink), options),
    );
    await holding.execute(sql`select 1`);
    return report;
  });
}

async function write(
  { store }: BackupServices,
  tx: TransactionSql,
  archive: ArchiveWriter,
  { release, onProgress }: BackupOptions,
): Promise<BackupReport> {
  const manifest = await describe(tx, release);
  await archive.add(MANIFEST, Buffer.from(JSON.stringify(manifest)));
  for (const table of backedUpTables) {
    let piece = 0;
    for await (const bytes of rowsOf(tx, table)) await archive.add(pieceName(table.name, piece++), bytes);
  }
  let done = 0;
  for await (const { storageKey, size, sha256 } of storedFiles(tx)) {
    const stored = await store.size(storageKey);
    if (stored !== size) {
      const what = stored === undefined ? 'is missing' : 'has another size than it came with';
      throw new ArchiveError(`the stored file ${storageKey} ${what}: stockroom verify lists all such files`);
    }
    await archive.addStream(
      { name: fileName(storageKey), size, sha256 },
      store.read(storageKey, 0, size).stream(),
    );
    done += size;
    onProgress(done, manifest.bytes);
  }
  await archive.end();
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  return { rows, files: manifest.files, bytes: archive.bytes };
}

async function describe(tx: TransactionSql, release: string): Promise<Manifest> {
  const tables: Manifest['tables'] = [];
  for (const { name, columns, where = 'true' } of backedUpTables) {
    const [row] = await tx.unsafe(`select count(*) as rows from ${quoted([name])} where ${where}`);
    tables.push({ name, columns: [...columns], rows: Number(row?.rows) });
  }
  const [totals] = await tx`select count(*) as files, coalesce(sum(size), 0) as bytes from blobs`;
  const [last] = await tx`
    select coalesce(pg_sequence_last_value(pg_get_serial_sequence('users', 'id')::regclass), 0) as users,
           coalesce(pg_sequence_last_value(pg_get_serial_sequence('malls', 'id')::regclass), 0) as malls`;
  return {
    format: FORMAT,
    release,
    createdAt: new Date().toISOString(),
    migrations: await appliedMigrations(tx),
    tables,
    files: Number(totals?.files),
    bytes: Number(totals?.bytes),
    sequences: { users: Number(last?.users), malls: Number(last?.malls) },
  };
}

function rowsOf(tx: TransactionSql, { name, columns, where = 'true' }: BackedUpTable): AsyncIterable<Buffer> {
  const rows = `select ${quoted(columns)} from ${quoted([name])} where ${where}`;
  return copyOut(tx, `copy (${rows}) to stdout`, PIECE_BYTES);
}

/** In the order of the keys' bytes. */
async function* storedFiles(tx: TransactionSql): AsyncGenerator<StoredFile, void, void> {
  for (let after = ''; ; ) {
    const page = await tx<{ storage_key: string; size: string; sha256: string }[]>`
      select storage_key, size, sha256 from blobs where storage_key collate "C" > ${after}
      order by storage_key collate "C" limit ${PAGE}`;
    for (const { storage_key: storageKey, size, sha256 } of page) {
      yield { storageKey, size: Number(size), sha256 };
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.storage_key;
  }
}
