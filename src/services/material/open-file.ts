import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, type MediaKind, materials } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { materialBlob } from './record.ts';

/** What a transport needs to send a file. */
export interface FileDescriptor {
  readonly kind: MediaKind;
  readonly storageKey: string;
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
  /** Of the bytes, hex: their strong validator. */
  readonly sha256: string;
  readonly durationMs: number | null;
  /** The picture turned out not to decode. */
  readonly damaged: boolean;
  readonly originFilename: string;
  readonly lastModified: Date;
}

/**
 * Finds the file behind a path in URLs. Its bytes are looked at when they are asked for.
 * @throws AppError NOT_FOUND, also for a private file that the actor may not see.
 */
export async function openFile(ctx: Ctx, basePath: string): Promise<FileDescriptor> {
  const file = await ctx.files.find(basePath, async () => {
    const [row] = await fileQuery(ctx.db).execute({ basePath });
    // Private ones are never remembered.
    return row?.visibility === 'PUBLIC' ? row : undefined;
  });
  if (!file) throw new AppError('NOT_FOUND');
  return file;
}

const queries = new WeakMap<Database, ReturnType<typeof prepareFileQuery>>();

function fileQuery(db: Database) {
  let query = queries.get(db);
  if (!query) {
    query = prepareFileQuery(db);
    queries.set(db, query);
  }
  return query;
}

function prepareFileQuery(db: Database) {
  return db
    .select({
      kind: blobs.kind,
      storageKey: blobs.storageKey,
      size: blobs.size,
      mimeType: blobs.mimeType,
      sha256: blobs.sha256,
      durationMs: blobs.durationMs,
      damaged: blobs.damaged,
      originFilename: materials.originFilename,
      visibility: materials.visibility,
      lastModified: materials.updatedAt,
    })
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(and(eq(materials.basePath, sql.placeholder('basePath')), isNull(materials.deletedAt)))
    .prepare('open_file');
}
