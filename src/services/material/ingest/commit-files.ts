import { randomUUIDv7 } from 'bun';
import { sql } from 'drizzle-orm';
import { isForeignKeyViolation, isUniqueViolation } from '../../../adapters/db/errors.ts';
import type { Transaction } from '../../../adapters/db/open.ts';
import type { MaterialSource, MediaKind } from '../../../adapters/db/schema.ts';
import { Statement } from '../../../adapters/db/statement.ts';
import { AppError } from '../../../errors.ts';
import { allEnded } from '../../../lib/all-ended.ts';
import { type AuditEvent, recordEvents } from '../../audit/record-events.ts';
import type { MaterialRecord } from '../record.ts';
import { findUploaded } from './find-uploaded.ts';
import { type InsertedFile, insertFiles } from './insert-files.ts';
import type { MallQuota } from './mall-quota.ts';
import { quotaEvents } from './quota-events.ts';
import { replaceBlob } from './replace-blob.ts';
import type { IngestCtx, StagedFile } from './staged-file.ts';
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
  /** What else changes with the new rows, in their transaction and after them; again when that is tried again. */
  alongside?(tx: Transaction, files: readonly NewMaterial[]): Promise<void>;
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

/** Rows of `mall_usage` a mall. */
const SLOTS = 16;

/** What the trigger of blobs does in the mall's row, but for whoever sets `stockroom.bytes`. */
const countBytes = new Statement(
  sql`
    insert into mall_usage (mall_id, slot, bytes)
    select ${sql.placeholder('mallId')}::integer, pg_backend_pid() % ${sql.raw(String(SLOTS))}, sum(size)
    from blobs where id = any(${sql.placeholder('blobIds')}::uuid[]) having sum(size) > 0
    on conflict (mall_id, slot) do update set bytes = mall_usage.bytes + excluded.bytes`,
  {},
);

interface Rows {
  readonly placement: Placement;
  readonly files: readonly NewMaterial[];
  /** By the ids of the materials. */
  readonly basePaths: ReadonlyMap<string, string>;
  readonly quota: MallQuota | undefined;
}

async function insertRows(
  ctx: IngestCtx,
  placement: Placement,
  all: readonly NewMaterial[],
  paths: readonly string[],
  { lease, quota }: Holds,
): Promise<CommittedFile[]> {
  const basePaths = new Map(all.map(({ id }, index) => [id, paths[index] ?? '']));
  return await ctx.db.transaction(async (tx) => {
    // A quota needs the count at once. Where there is none, nobody shall wait for the mall's row.
    const bytes = quota ? 'now' : 'later';
    // What does not hang on an answer goes out together, here and below; it runs in its order all the same.
    const [, , committed] = await allEnded([
      // The connection makes a plan for each statement once and keeps it while the tables grow: none is to read a whole one.
      tx.execute(`
        select set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('stockroom.bytes', '${bytes}', true)`),
      lease.settle(tx),
      findUploaded(tx, ctx, placement.mallId, all).then(async (known): Promise<CommittedFile[]> => {
        const files = all.filter(({ file }) => !known.has(file));
        const rows = { placement, files, basePaths, quota };
        const [first] = files;
        const written =
          placement.replaces && first
            ? [await replaceRow(tx, ctx, rows, placement.replaces.id, first.file)]
            : await addRows(tx, ctx, rows);
        const there = [...known].map(([file, material]) => ({
          file,
          material,
          duplicate: true,
          known: true,
        }));
        return [...written, ...there];
      }),
    ]);
    return committed;
  });
}

async function addRows(tx: Transaction, ctx: IngestCtx, rows: Rows): Promise<CommittedFile[]> {
  const { placement, files, basePaths } = rows;
  const uploadedBy = ctx.actor?.userId ?? null;
  const inserted = insertFiles(tx, placement, files, { basePaths, uploadedBy });
  const events = files.map((file) => createdEvent(placement, file));
  const [found] = await allEnded([
    inserted,
    recordEvents(tx, ctx, events, async () => (await inserted).map(({ material }) => material)),
    placement.alongside?.(tx, files) ?? Promise.resolve(),
    count(tx, ctx, rows, inserted),
  ]);
  const byId = new Map(found.map((row) => [row.material.id, row]));
  return files.map(({ id, file }) => {
    const row = byId.get(id);
    if (!row) throw new Error('a file without a row');
    return { file, material: row.material, duplicate: row.blobId !== file.blobId };
  });
}

async function replaceRow(
  tx: Transaction,
  ctx: IngestCtx,
  rows: Rows,
  id: string,
  file: StagedFile,
): Promise<CommittedFile> {
  const { material, blobId, replaced, event } = await replaceBlob(tx, rows.placement.mallId, id, file);
  await recordEvents(tx, ctx, [{ ...event, material }]);
  await count(tx, ctx, rows, Promise.resolve([{ material, blobId }]));
  return { file, material, duplicate: blobId !== file.blobId, replaced };
}

/** Counts the bytes that the mall did not have, which it must have room for. */
async function count(
  tx: Transaction,
  ctx: IngestCtx,
  { placement: { mallId }, files, quota }: Rows,
  inserted: Promise<readonly InsertedFile[]>,
): Promise<void> {
  const blobIds = files.map(({ file }) => file.blobId);
  if (!quota) {
    if (mallId !== null && files.length > 0)
      await countBytes.run(tx, { mallId, blobIds: `{${blobIds.join()}}` });
    return;
  }
  const bytes = new Map((await inserted).map(({ blobId, material }) => [blobId, material.size]));
  const newBytes = blobIds.reduce((total, id) => total + (bytes.get(id) ?? 0), 0);
  await quota.settle(tx, newBytes);
  await recordEvents(tx, ctx, await quotaEvents(tx, mallId, newBytes));
}

function createdEvent({ mallId, source }: Placement, { id, file }: NewMaterial): AuditEvent {
  const { filename, sha256 } = file;
  return {
    action: 'material.created',
    mallId,
    subjectId: id,
    subjectName: filename,
    data: { source, sha256 },
  };
}
