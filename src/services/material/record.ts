import { eq, type SQL, sql } from 'drizzle-orm';
import { blobs, materials } from '../../adapters/db/schema.ts';

/** The columns of a material as people see it: its own and its blob's. */
export const materialColumns = {
  id: materials.id,
  mallId: materials.mallId,
  kind: materials.kind,
  size: materials.size,
  width: materials.width,
  height: materials.height,
  originFilename: materials.originFilename,
  basePath: materials.basePath,
  folder: materials.folder,
  tags: materials.tags,
  visibility: materials.visibility,
  focalX: materials.focalX,
  focalY: materials.focalY,
  source: materials.source,
  uploadedBy: materials.uploadedBy,
  createdAt: materials.createdAt,
  updatedAt: materials.updatedAt,
  deletedAt: materials.deletedAt,
  mimeType: blobs.mimeType,
  sha256: blobs.sha256,
  durationMs: blobs.durationMs,
  codec: blobs.codec,
  frames: blobs.frames,
  placeholder: blobs.placeholder,
  damaged: blobs.damaged,
} as const;

/** The same under the names of the record, for rows that PostgreSQL gives as JSON. */
export const materialJsonColumns = Object.fromEntries(
  Object.entries(materialColumns).map(([name, column]) => [
    name,
    column.dataType === 'date'
      ? // Several times as fast as `extract`, whose numbers are decimal.
        sql`(date_part('epoch', ${column}) * 1000)::bigint`.as(name)
      : sql`${column}`.as(name),
  ]),
) as Record<keyof typeof materialColumns, SQL.Aliased>;

/** Joins a material to its blob. */
export const materialBlob = eq(blobs.id, materials.blobId);

export type MaterialRecord = {
  [K in keyof typeof materialColumns]: K extends keyof typeof materials.$inferSelect
    ? (typeof materials.$inferSelect)[K]
    : K extends keyof typeof blobs.$inferSelect
      ? (typeof blobs.$inferSelect)[K]
      : never;
};

/** A row of `materialJsonColumns` in JSON, where instants are milliseconds since 1970. */
export type MaterialJson = Omit<MaterialRecord, 'createdAt' | 'updatedAt' | 'deletedAt'> & {
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
};

/** Takes the row over, which spares a copy of each. */
export function fromJson(row: MaterialJson): MaterialRecord {
  const { createdAt, updatedAt, deletedAt } = row;
  return Object.assign(row as unknown as MaterialRecord, {
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    deletedAt: deletedAt === null ? null : new Date(deletedAt),
  });
}

/** Of the rows of both tables. */
export function toRecord(
  { blobId: _, uploadId: __, ...material }: typeof materials.$inferSelect,
  { mimeType, sha256, durationMs, codec, frames, placeholder, damaged }: typeof blobs.$inferSelect,
): MaterialRecord {
  return { ...material, mimeType, sha256, durationMs, codec, frames, placeholder, damaged };
}
