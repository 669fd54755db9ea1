import { sql } from 'drizzle-orm';
import { jsonRows } from '../../../adapters/db/json-rows.ts';
import type { Transaction } from '../../../adapters/db/open.ts';
import { materials } from '../../../adapters/db/schema.ts';
import { Statement } from '../../../adapters/db/statement.ts';
import { type MaterialRecord, materialColumns } from '../record.ts';
import type { NewMaterial, Placement } from './commit-files.ts';
import { type StagedFile, storageKeyOf } from './staged-file.ts';

const columns = { ...materialColumns, blobId: materials.blobId };

export interface InsertedFile {
  readonly material: MaterialRecord;
  /** Another than the file's where the mall had the bytes. */
  readonly blobId: string;
}

/** Both tables at once: of two statements the second would wait for the answer to the first. */
const insert = new Statement(
  sql`
    with kept as (
      insert into blobs (
        id, mall_id, sha256, size, mime_type, kind, width, height, duration_ms, codec, frames, storage_key, placeholder_due
      )
      select
        id, ${sql.placeholder('mallId')}::integer, sha256, size, "mimeType", kind, width, height, "durationMs", codec, frames,
        "storageKey", case when kind = 'IMAGE' then now() end
      from json_to_recordset(${sql.placeholder('blobs')}::text::json) as given (
        id uuid, sha256 text, size bigint, "mimeType" text, kind text, width integer, height integer,
        "durationMs" integer, codec text, frames integer, "storageKey" text
      )
      -- The update changes nothing; it locks the row that is there and returns it.
      on conflict (mall_id, sha256) do update set sha256 = excluded.sha256
      returning *
    ), made as (
      insert into materials (
        id, mall_id, blob_id, kind, size, width, height, origin_filename, base_path, folder, visibility, source,
        uploaded_by, upload_id, created_at
      )
      select
        given.id, kept.mall_id, kept.id, kept.kind, kept.size, kept.width, kept.height, given.filename, given."basePath",
        ${sql.placeholder('folder')},
        coalesce((select default_visibility from malls where malls.id = ${sql.placeholder('mallId')}::integer), 'PUBLIC'),
        ${sql.placeholder('source')}, ${sql.placeholder('uploadedBy')}::integer, given."uploadId",
        coalesce(${sql.placeholder('createdAt')}::timestamptz, now())
      from json_to_recordset(${sql.placeholder('materials')}::text::json) as given (
        id uuid, sha256 text, filename text, "basePath" text, "uploadId" uuid
      )
      join kept on kept.sha256 = given.sha256
      returning *
    )
    select ${sql.join(Object.values(columns), sql`, `)}
    from made as materials join kept as blobs on blobs.id = materials.blob_id`,
  columns,
);

/** Writes the rows of files, in no order. Bytes that the mall has already are pointed at. */
export async function insertFiles(
  tx: Transaction,
  { mallId, folder, source, createdAt }: Placement,
  files: readonly NewMaterial[],
  { basePaths, uploadedBy }: { basePaths: ReadonlyMap<string, string>; uploadedBy: number | null },
): Promise<InsertedFile[]> {
  if (files.length === 0) return [];
  // All transactions write contents in this order, so that they cannot wait for each other in a ring.
  const ordered = [...files].sort((a, b) => (a.file.sha256 < b.file.sha256 ? -1 : 1));
  const rows = await insert.run(tx, {
    mallId,
    folder,
    source,
    uploadedBy,
    createdAt: createdAt?.toISOString() ?? null,
    blobs: jsonRows(contents(ordered)),
    materials: jsonRows(
      ordered.map(({ id, file: { sha256, filename, uploadId } }) => {
        return { id, sha256, filename, basePath: basePaths.get(id), uploadId };
      }),
    ),
  });
  return rows.map(({ blobId, ...material }) => ({ material, blobId }));
}

/** One for each content. */
function contents(files: readonly NewMaterial[]): ReturnType<typeof blobRow>[] {
  const bySha256 = new Map<string, StagedFile>();
  for (const { file } of files) if (!bySha256.has(file.sha256)) bySha256.set(file.sha256, file);
  return [...bySha256.values()].map(blobRow);
}

/** What is known of a file's bytes. */
export function blobRow({ blobId, sha256, size, facts }: StagedFile) {
  const { kind, mimeType, width, height, durationMs, codec, frames } = facts;
  const storageKey = storageKeyOf(blobId);
  return { id: blobId, sha256, size, mimeType, kind, width, height, durationMs, codec, frames, storageKey };
}
