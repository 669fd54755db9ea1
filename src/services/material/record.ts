import { eq } from 'drizzle-orm';
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
  source: materials.source,
  uploadedBy: materials.uploadedBy,
  createdAt: materials.createdAt,
  updatedAt: materials.updatedAt,
  mimeType: blobs.mimeType,
  sha256: blobs.sha256,
  durationMs: blobs.durationMs,
  codec: blobs.codec,
  frames: blobs.frames,
  placeholder: blobs.placeholder,
  damaged: blobs.damaged,
} as const;

/** Joins a material to its blob. */
export const materialBlob = eq(blobs.id, materials.blobId);

export type MaterialRecord = {
  [K in keyof typeof materialColumns]: K extends keyof typeof materials.$inferSelect
    ? (typeof materials.$inferSelect)[K]
    : K extends keyof typeof blobs.$inferSelect
      ? (typeof blobs.$inferSelect)[K]
      : never;
};
