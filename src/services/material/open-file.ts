import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, type MediaKind, materials, type Visibility } from '../../adapters/db/schema.ts';
import { AppError, errorCatalogue } from '../../errors.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { versionOf } from './file-url.ts';
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
  /** Where pictures made to measure are cut to, as fractions; null: the middle. */
  readonly focalX: number | null;
  readonly focalY: number | null;
  readonly originFilename: string;
  readonly visibility: Visibility;
  readonly lastModified: Date;
}

export interface FileRequest {
  /** The `v` of the URL. */
  readonly version?: string | null;
  /** The caller holds a link that is good for this file, whoever may see it. */
  readonly hasLink?: boolean;
}

/**
 * Finds the file behind a path in URLs. Its bytes are looked at when they are asked for.
 * @throws AppError NOT_FOUND, also for a private file that the actor may not see.
 */
export async function openFile(
  ctx: Ctx,
  basePath: string,
  { version, hasLink }: FileRequest = {},
): Promise<FileDescriptor> {
  let hidden: FileRow | undefined;
  const read = async () => {
    const [row] = await fileQuery(ctx.db).execute({ basePath });
    // Private ones are never remembered.
    if (row?.visibility === 'PUBLIC') return row;
    hidden = row;
    return undefined;
  };
  let shown = await ctx.files.find(basePath, read);
  if (shown && version && version !== versionOf(shown.sha256)) {
    // The URL is newer than what is remembered, or older: news from another instance may still be on its way.
    const fresh = await read();
    if (fresh?.sha256 !== shown.sha256) ctx.files.forget(basePath);
    shown = fresh;
  }
  const file = shown ?? hidden;
  if (!file || (hidden && !hasLink && !(await maySee(ctx, hidden)))) throw new AppError('NOT_FOUND');
  return file;
}

async function maySee(ctx: Ctx, { mallId }: FileRow): Promise<boolean> {
  if (!ctx.actor || mallId === null) return false;
  try {
    await requireMall(ctx, mallId, 'read');
    return true;
  } catch (error) {
    if (error instanceof AppError && errorCatalogue[error.code].status < 500) return false;
    throw error;
  }
}

type FileRow = Awaited<ReturnType<ReturnType<typeof prepareFileQuery>['execute']>>[number];

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
      focalX: materials.focalX,
      focalY: materials.focalY,
      originFilename: materials.originFilename,
      visibility: materials.visibility,
      mallId: materials.mallId,
      lastModified: materials.updatedAt,
    })
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(and(eq(materials.basePath, sql.placeholder('basePath')), isNull(materials.deletedAt)))
    .prepare('open_file');
}
