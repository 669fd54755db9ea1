import { type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, exportJobs } from '../../adapters/db/schema.ts';
import type { ObjectStore, StoredObject } from '../../adapters/storage/object-store.ts';

/** Rows of one statement. */
const PAGE = 1000;

/** A row that has bytes in the store. */
export interface StoredRow {
  readonly kind: 'blob' | 'export';
  /** A UUID. */
  readonly id: string;
  readonly storageKey: string;
  /** Bytes. */
  readonly size: number;
}

/** What is at one key: an object, a row that names it, or both. */
export interface StoredPair {
  readonly object: StoredObject | undefined;
  readonly row: StoredRow | undefined;
}

/**
 * Every key of the store or of the tables of blobs and exports, in the order of keys, read side by side: memory does not depend on
 * how many there are. Both change meanwhile, so a half that lacks the other may have it by now.
 */
export async function* compareStore(
  db: Database,
  store: ObjectStore,
): AsyncGenerator<StoredPair, void, void> {
  const objects = store.list()[Symbol.asyncIterator]();
  const rows = storedRows(db);
  try {
    let object = await following(objects);
    let row = await following(rows);
    while (object || row) {
      const isFirst = object && (!row || object.key < row.storageKey);
      const isLast = row && (!object || row.storageKey < object.key);
      yield { object: isLast ? undefined : object, row: isFirst ? undefined : row };
      if (!isLast) object = await following(objects);
      if (!isFirst) row = await following(rows);
    }
  } finally {
    await objects.return?.();
    await rows.return();
  }
}

async function following<T>(iterator: AsyncIterator<T>): Promise<T | undefined> {
  const { done, value } = await iterator.next();
  return done ? undefined : value;
}

async function* storedRows(db: Database): AsyncGenerator<StoredRow, void, void> {
  for (let after = ''; ; ) {
    const page = await pageAfter(db, after);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.storageKey;
  }
}

/** Each table has an index in the order of keys. */
async function pageAfter(db: Database, after: string): Promise<StoredRow[]> {
  const inOrder = (key: SQL) => sql`${key} collate "C"`;
  const ofBlobs = db
    .select({
      kind: sql<'blob' | 'export'>`'blob'`.as('kind'),
      id: blobs.id,
      storageKey: sql<string>`${blobs.storageKey}`.as('storage_key'),
      size: sql`${blobs.size}`.mapWith(Number).as('size'),
    })
    .from(blobs)
    .where(sql`${inOrder(sql`${blobs.storageKey}`)} > ${after}`)
    .orderBy(inOrder(sql`${blobs.storageKey}`))
    .limit(PAGE);
  const ofExports = db
    .select({
      kind: sql<'blob' | 'export'>`'export'`.as('kind'),
      id: exportJobs.id,
      storageKey: sql<string>`${exportJobs.storageKey}`.as('storage_key'),
      size: sql`${exportJobs.bytes}`.mapWith(Number).as('size'),
    })
    .from(exportJobs)
    .where(sql`${inOrder(sql`${exportJobs.storageKey}`)} > ${after}`)
    .orderBy(inOrder(sql`${exportJobs.storageKey}`))
    .limit(PAGE);
  const both = unionAll(ofBlobs, ofExports).as('both');
  return await db
    .select()
    .from(both)
    .orderBy(inOrder(sql`${both.storageKey}`))
    .limit(PAGE);
}
