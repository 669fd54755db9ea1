import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TransactionSql } from 'postgres';
import type { ReadEntry } from '../../adapters/archive/read-archive.ts';
import { ArchiveError } from '../../adapters/archive/tar.ts';
import { copyIn } from '../../adapters/db/copy.ts';
import { isDatabaseUnavailable } from '../../adapters/db/errors.ts';
import { migrationsOfRelease } from '../../adapters/db/migrate.ts';
import type { Services } from '../context.ts';
import { type ArchivePart, readParts } from './check-archive.ts';
import type { Manifest } from './manifest.ts';
import { allTables, quoted } from './tables.ts';

/** Connections of a process that has just ended stay for a moment, ms. */
const OTHERS_PATIENCE = 8000;
const POLL = 100;

export interface RestoreServices extends Pick<Services, 'db' | 'store'> {
  /** Directory of its own on local disk, for the file that is on its way to the store. */
  readonly directory: string;
}

export interface RestoreReport {
  readonly release: string;
  readonly createdAt: string;
  readonly rows: number;
  readonly files: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

export interface RestoreOptions {
  /** Bytes of files that have been restored, and of all. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Reads all of an archive, without a database. @throws the file system's error; ArchiveError when it is not whole, or not for this release. */
export async function checkArchive(path: string): Promise<void> {
  for await (const part of readParts(path, migrationsOfRelease())) {
    if (part.kind !== 'manifest') for await (const _ of part.entry.stream());
  }
}

/**
 * Restores an archive into a Stockroom that has nothing yet. `checkArchive` has read it before; all
 * rows are committed at once, after the last file.
 * @throws ArchiveError; the store's, the file system's and the database's errors. No rows are changed then, and files
 * that were put are taken back as far as that is possible; it can be repeated.
 */
export async function restore(
  { db, store, directory }: RestoreServices,
  path: string,
  { onProgress }: RestoreOptions,
): Promise<RestoreReport> {
  const known = migrationsOfRelease();
  const put: string[] = [];
  try {
    return await db.$client.begin(async (tx) => {
      await refuseOthers(tx);
      await refuseUsed(tx);
      const rows = new RowsIn(tx);
      let manifest: Manifest | undefined;
      let done = 0;
      for await (const part of readParts(path, known)) {
        if (part.kind === 'manifest') {
          manifest = part.manifest;
          await rows.begin(manifest);
        } else if (part.kind === 'piece') {
          await rows.add(part.table, part.entry);
        } else {
          await rows.end();
          await expectRow(tx, part.storageKey, part.entry);
          // As after a restore that was killed.
          if (!(await isStored(store, part.storageKey, part.entry))) {
            put.push(part.storageKey);
            await putFile(store, part, join(directory, 'file'));
          }
          done += part.entry.size;
          onProgress(done, manifest?.bytes ?? 0);
        }
      }
      if (!manifest) throw new ArchiveError('the archive is empty');
      await rows.end();
      await finish(tx, manifest);
      const count = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      const { release, createdAt, files, bytes } = manifest;
      return { release, createdAt, rows: count, files, bytes };
    });
  } catch (error) {
    // A commit whose answer was lost may have succeeded.
    const isCommitted = await hasBlobs(db).catch(() => true);
    if (!isCommitted) for (const key of put) await store.abandon(key).catch(() => {});
    throw error;
  }
}

async function hasBlobs(db: Services['db']): Promise<boolean> {
  return (await db.$client`select 1 from blobs limit 1`).length > 0;
}

/** A server of another machine has no lock here, but connections. */
async function refuseOthers(tx: TransactionSql): Promise<void> {
  for (const deadline = performance.now() + OTHERS_PATIENCE; ; ) {
    // What a transaction sees of activity stays as it was when it was first asked for.
    await tx`select pg_stat_clear_snapshot()`;
    const others = await tx`
      select 1 from pg_stat_activity
      where datname = current_database() and application_name = 'stockroom' and pid <> pg_backend_pid() limit 1`;
    if (others.length === 0) return;
    if (performance.now() > deadline) {
      throw new ArchiveError('a server or another command uses this database: stop it first');
    }
    await pause(POLL);
  }
}

async function refuseUsed(tx: TransactionSql): Promise<void> {
  await tx.unsafe(`lock table ${quoted(allTables)} in access exclusive mode`);
  const [row] = await tx`
    select exists (select from blobs) or exists (select from materials) or exists (select from memberships)
      or exists (select from api_tokens) or exists (select from webhooks)
      or (select count(*) from users) > 1 or (select count(*) from malls) > 1 as used`;
  if (row?.used) {
    throw new ArchiveError(
      'there is a Stockroom in use here already: restore into an empty DATA_DIR or database, with an empty store',
    );
  }
}

/** Takes the rows of one table after the other. */
class RowsIn {
  readonly #tx: TransactionSql;
  #tables: Manifest['tables'] = [];
  #next = 0;

  constructor(tx: TransactionSql) {
    this.#tx = tx;
  }

  async begin({ tables }: Manifest): Promise<void> {
    this.#tables = tables;
    await this.#tx.unsafe(`truncate ${quoted(allTables)}`);
    // Avatars are materials, which come later.
    await this.#tx.unsafe('create temp table restored_users (like users) on commit drop');
    await this.#tx.unsafe('alter table restored_users alter id drop not null');
  }

  async add(table: number, entry: ReadEntry): Promise<void> {
    await this.#upTo(table);
    const { name, columns } = this.#tables[table] ?? { name: '', columns: [] };
    const target = name === 'users' ? 'restored_users' : name;
    const pieces: Uint8Array[] = [];
    for await (const bytes of entry.stream()) pieces.push(bytes);
    try {
      await copyIn(this.#tx, `copy ${quoted([target])} (${quoted(columns)}) from stdin`, pieces);
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      throw new ArchiveError(`the database did not take the rows of ${name}`, { cause: error });
    }
  }

  /** @throws ArchiveError when a table does not have the rows that the manifest tells. */
  async end(): Promise<void> {
    await this.#upTo(this.#tables.length);
  }

  async #upTo(table: number): Promise<void> {
    for (; this.#next < table; this.#next++) {
      const { name, columns, rows } = this.#tables[this.#next] ?? { name: '', columns: [], rows: 0 };
      if (name === 'users') {
        const list = quoted(columns.filter((column) => column !== 'avatar_id'));
        await this.#tx.unsafe(
          `insert into users (${list}) overriding system value select ${list} from restored_users`,
        );
      }
      const [row] = await this.#tx.unsafe(`select count(*) as rows from ${quoted([name])}`);
      if (Number(row?.rows) !== rows) throw new ArchiveError(`the archive lacks rows of ${name}`);
    }
  }
}

async function expectRow(tx: TransactionSql, storageKey: string, entry: ReadEntry): Promise<void> {
  const [row] = await tx`select size, sha256 from blobs where storage_key collate "C" = ${storageKey}`;
  if (row?.sha256 !== entry.sha256 || Number(row?.size) !== entry.size) {
    throw new ArchiveError(`the archive has another file than its row tells: ${storageKey}`);
  }
}

async function putFile(
  store: Services['store'],
  { storageKey, entry }: Extract<ArchivePart, { kind: 'file' }>,
  path: string,
): Promise<void> {
  await store.abandon(storageKey);
  const handle = await open(path, 'w', 0o600);
  try {
    for await (const bytes of entry.stream()) await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await store.put(storageKey, path);
  await rm(path);
}

async function isStored(
  store: Services['store'],
  key: string,
  { size, sha256 }: ReadEntry,
): Promise<boolean> {
  if ((await store.size(key)) !== size) return false;
  const hash = new Bun.CryptoHasher('sha256');
  for await (const bytes of store.read(key, 0, size).stream()) hash.update(bytes);
  return hash.digest('hex') === sha256;
}

async function finish(tx: TransactionSql, { files, bytes, sequences }: Manifest): Promise<void> {
  const [totals] = await tx`select count(*) as files, coalesce(sum(size), 0) as bytes from blobs`;
  if (Number(totals?.files) !== files || Number(totals?.bytes) !== bytes) {
    throw new ArchiveError('the archive lacks files');
  }
  await tx`
    update users set avatar_id = restored.avatar_id from restored_users restored
    where restored.id = users.id and restored.avatar_id is not null`;
  for (const table of ['users', 'malls'] as const) {
    await tx.unsafe(
      `select setval(pg_get_serial_sequence('${table}', 'id'), greatest(max(id), $1::int, 1)) from ${table}`,
      [sequences[table]],
    );
  }
}
