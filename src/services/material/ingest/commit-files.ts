import { randomUUIDv7 } from 'bun';
import { getTableColumns, sql } from 'drizzle-orm';
import { isForeignKeyViolation, isUniqueViolation } from '../../../adapters/db/errors.ts';
import type { Transaction } from '../../../adapters/db/open.ts';
import { RowsInsert } from '../../../adapters/db/rows-insert.ts';
import {
  blobs,
  type MaterialSource,
  type MediaKind,
  materials,
  type Visibility,
} from '../../../adapters/db/schema.ts';
import { Statement } from '../../../adapters/db/statement.ts';
import { AppError } from '../../../errors.ts';
import { type AuditEvent, recordEvents } from '../../audit/record-events.ts';
import type { MaterialRecord } from '../record.ts';
import { findUploaded } from './find-uploaded.ts';
import type { MallQuota } from './mall-quota.ts';
import { quotaEvents } from './quota-events.ts';
import { replaceBlob } from './replace-blob.ts';
import { type IngestCtx, type StagedFile, storageKeyOf } from './staged-file.ts';
import type { UploadLease } from './upload-lease.ts';

/** What a request holds of what all instances share, until its rows are written. */
export interface Holds {
  readonly lease: UploadLease;
  readonly quota: MallQuota | undefined;
}

/** Where the files of one request go. */
export interface Placement {
  /** null: site files. */
  readonly mallId: number | null;
  readonly folder: string;
  readonly source: MaterialSource;
  /** Files of another kind are refused. */
  readonly kind?: MediaKind;
  /** The one file becomes the bytes of this material, which must be of its kind; the row keeps its path. */
  readonly replaces?: { readonly id: string; readonly kind: MediaKind };
  /** When the material came, where that was elsewhere and earlier. */
  readonly createdAt?: Date;
  /** Base paths for the files, in their order; asked again, with the next `attempt`, when one was taken meanwhile. */
  basePaths(files: readonly NewMaterial[], attempt: number): Promise<string[]>;
  /** What else changes with the new rows, in their transaction; again when that is tried again. */
  alongside?(tx: Transaction, committed: readonly CommittedFile[]): Promise<void>;
}

export interface NewMaterial {
  readonly id: string;
  readonly file: StagedFile;
}

export interface CommittedFile {
  readonly file: StagedFile;
  readonly material: MaterialRecord;
  /** The mall had these bytes already, or the whole material: the ones that came now are not needed. */
  readonly duplicate: boolean;
  /** It had been uploaded before, under the same id: nothing is new. */
  readonly known?: boolean;
  /** The blob that a replaced material showed until now, if it was another one. */
  readonly replaced?: string | undefined;
}

const NAME_ATTEMPTS = 5;

/**
 * Writes the rows of all files in one transaction, but for those that were uploaded before under the same ids.
 * @throws AppError NOT_FOUND (the mall was deleted meanwhile, or the material to replace is gone), QUOTA_EXCEEDED (what
 * was reserved has been lost), SERVICE_UNAVAILABLE (the lease was lost)
 */
export async function commitFiles(
  ctx: IngestCtx,
  placement: Placement,
  files: readonly NewMaterial[],
  { lease, quota }: Holds,
): Promise<CommittedFile[]> {
  for (let attempt = 1; ; attempt++) {
    const basePaths = await placement.basePaths(files, attempt);
    try {
      return await insertRows(ctx, placement, files, basePaths, { lease, quota });
    } catch (error) {
      if (isForeignKeyViolation(error)) throw new AppError('NOT_FOUND', { cause: error });
      if (attempt === NAME_ATTEMPTS || !isUniqueViolation(error, 'materials_base_path')) throw error;
    }
  }
}

export function newMaterial(file: StagedFile): NewMaterial {
  return { id: randomUUIDv7(), file };
}

/** A blob, and what its mall makes of new materials; null for site files. */
export type BlobOfMall = typeof blobs.$inferSelect & { readonly defaultVisibility: Visibility | null };

const insertBlobs = new RowsInsert(
  blobs,
  {
    ...getTableColumns(blobs),
    // Here it costs no statement of its own, and is looked up once for all rows.
    defaultVisibility: sql<Visibility | null>`(select default_visibility from malls where malls.id = ${sql.placeholder('mallId')}::integer)`,
  },
  // The update changes nothing; it locks the row that is there and returns it.
  sql`on conflict (mall_id, sha256) do update set sha256 = excluded.sha256`,
);

/** What the table's trigger does at once, but for whoever sets `stockroom.bytes`: it locks the row of the mall. */
const countBytes = new Statement(
  sql`update malls set used_bytes = used_bytes + ${sql.placeholder('bytes')}::bigint where id = ${sql.placeholder('mallId')}`,
  {},
);

const insertMaterials = new RowsInsert(materials, getTableColumns(materials));

async function insertRows(
  ctx: IngestCtx,
  placement: Placement,
  all: readonly NewMaterial[],
  basePaths: readonly string[],
  { lease, quota }: Holds,
): Promise<CommittedFile[]> {
  return await ctx.db.transaction(async (tx) => {
    // A quota needs the count at once. Where there is none, others shall not wait for all that is written here.
    const bytes = quota ? 'now' : 'later';
    // What does not hang on an answer goes out together here and below: they run in their order all the same.
    const [, , known] = await Promise.all([
      // The connection keeps plans that are made here while the tables grow: none is to read a whole one.
      tx.execute(
        `select set_config('enable_seqscan', 'off', true), set_config('stockroom.bytes', '${bytes}', true)`,
      ),
      lease.settle(tx),
      findUploaded(tx, ctx, placement.mallId, all),
    ]);
    const files = all.filter(({ file }) => !known.has(file));
    const bySha256 = new Map<string, BlobOfMall>();
    const { mallId } = placement;
    for (const blob of await insertBlobs.run(tx, distinctBlobs(mallId, files), { mallId })) {
      bySha256.set(blob.sha256, blob);
    }

    const newBytes = bytesOfNew(bySha256, files);
    if (quota) await quota.settle(tx, newBytes);
    const countLater = async () => {
      if (!quota && newBytes > 0) await countBytes.run(tx, { mallId, bytes: newBytes });
    };
    const nearing = quota ? await quotaEvents(tx, placement.mallId, newBytes) : [];

    const [first] = files;
    if (placement.replaces && first) {
      const { file } = first;
      const blob = blobOf(bySha256, file);
      const { replaced, event, ...row } = await replaceBlob(tx, placement.replaces.id, file, blob);
      const material = toRecord(row.material, blob);
      await recordEvents(tx, ctx, [{ ...event, material }, ...nearing]);
      await countLater();
      return [{ file, material, duplicate: blob.id !== file.blobId, replaced }];
    }

    const basePathOf = new Map(all.map(({ id }, index) => [id, basePaths[index]]));
    const committed: CommittedFile[] = [];
    const newRows = files.map(({ id, file }) => {
      const blob = blobOf(bySha256, file);
      return {
        id,
        mallId: placement.mallId,
        blobId: blob.id,
        kind: blob.kind,
        size: blob.size,
        width: blob.width,
        height: blob.height,
        originFilename: file.filename,
        basePath: basePathOf.get(id) ?? '',
        folder: placement.folder,
        visibility: blob.defaultVisibility ?? 'PUBLIC',
        source: placement.source,
        uploadedBy: ctx.actor?.userId ?? null,
        uploadId: file.uploadId ?? null,
        ...(placement.createdAt ? { createdAt: placement.createdAt } : {}),
      };
    });
    const fileOf = new Map(files.map(({ id, file }) => [id, file]));
    for (const material of await insertMaterials.run(tx, newRows)) {
      const file = fileOf.get(material.id);
      if (!file) throw new Error('a row without a file');
      const blob = blobOf(bySha256, file);
      committed.push({ file, material: toRecord(material, blob), duplicate: blob.id !== file.blobId });
    }
    const created = committed.map(({ material }) => createdEvent(material));
    await Promise.all([
      recordEvents(tx, ctx, [...created, ...nearing]),
      placement.alongside?.(tx, committed),
      countLater(),
    ]);
    for (const [file, material] of known) committed.push({ file, material, duplicate: true, known: true });
    return committed;
  });
}

function createdEvent(material: MaterialRecord): AuditEvent {
  const { id, mallId, originFilename, source, sha256 } = material;
  return {
    action: 'material.created',
    mallId,
    subjectId: id,
    subjectName: originFilename,
    data: { source, sha256 },
    material,
  };
}

/** One row for each content, in an order that all transactions share, so that they cannot wait for each other in a ring. */
function distinctBlobs(mallId: number | null, files: readonly NewMaterial[]) {
  const now = new Date();
  const rows = new Map<string, typeof blobs.$inferInsert>();
  for (const { file } of files) {
    if (rows.has(file.sha256)) continue;
    const { kind, mimeType, width, height, durationMs, codec, frames } = file.facts;
    rows.set(file.sha256, {
      id: file.blobId,
      mallId,
      sha256: file.sha256,
      size: file.size,
      mimeType,
      kind,
      width,
      height,
      durationMs,
      codec,
      frames,
      storageKey: storageKeyOf(file.blobId),
      placeholderDue: kind === 'IMAGE' ? now : null,
    });
  }
  return [...rows.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

/** Bytes of the blobs that were not there before. */
function bytesOfNew(bySha256: ReadonlyMap<string, BlobOfMall>, files: readonly NewMaterial[]): number {
  const ours = new Set(files.map(({ file }) => file.blobId));
  let bytes = 0;
  for (const { id, size } of bySha256.values()) if (ours.has(id)) bytes += size;
  return bytes;
}

function blobOf(bySha256: ReadonlyMap<string, BlobOfMall>, file: StagedFile): BlobOfMall {
  const blob = bySha256.get(file.sha256);
  if (!blob) throw new Error('a blob was not returned');
  return blob;
}

function toRecord(material: typeof materials.$inferSelect, blob: BlobOfMall): MaterialRecord {
  const { mimeType, sha256, durationMs, codec, frames, placeholder, damaged } = blob;
  return { ...material, mimeType, sha256, durationMs, codec, frames, placeholder, damaged };
}
