import { sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs } from '../../adapters/db/schema.ts';
import type { ObjectStore, StoredObject } from '../../adapters/storage/object-store.ts';

/** Rows of one statement. */
const PAGE = 1000;

export interface BlobRow {
  readonly id: string;
  readonly storageKey: string;
  /** Bytes. */
  readonly size: number;
}

/** What is at one key: an object, a row that names it, or both. */
export interface StoredPair {
  readonly object: StoredObject | undefined;
  readonly blob: BlobRow | undefined;
}

/**
 * Every key of the store or of the table of blobs, in the order of keys, read side by side: memory does not depend on
 * how many there are. Both change meanwhile, so a half that lacks the other may have it by now.
 */
export async function* compareStore(
  db: Database,
  store: ObjectStore,
): AsyncGenerator<StoredPair, void, void> {
  const objects = store.list()[Symbol.asyncIterator]();
  const rows = blobRows(db);
  try {
    let object = await following(objects);
    let blob = await following(rows);
    while (object || blob) {
      const isFirst = object && (!blob || object.key < blob.storageKey);
      const isLast = blob && (!object || blob.storageKey < object.key);
      yield { object: isLast ? undefined : object, blob: isFirst ? undefined : blob };
      if (!isLast) object = await following(objects);
      if (!isFirst) blob = await following(rows);
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

async function* blobRows(db: Database): AsyncGenerator<BlobRow, void, void> {
  const key = sql`${blobs.storageKey} collate "C"`;
  for (let after = ''; ; ) {
    const page = await db
      .select({ id: blobs.id, storageKey: blobs.storageKey, size: blobs.size })
      .from(blobs)
      .where(sql`${key} > ${after}`)
      .orderBy(key)
      .limit(PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.storageKey;
  }
}
