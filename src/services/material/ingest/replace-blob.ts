import { and, eq, isNull } from 'drizzle-orm';
import type { Transaction } from '../../../adapters/db/open.ts';
import { blobs, materials } from '../../../adapters/db/schema.ts';
import { AppError } from '../../../errors.ts';
import { changesOf } from '../../audit/changes.ts';
import type { AuditEvent } from '../../audit/record-events.ts';
import { moved } from '../moved.ts';
import { materialBlob } from '../record.ts';
import type { BlobOfMall } from './commit-files.ts';
import type { StagedFile } from './staged-file.ts';

interface Replaced {
  readonly material: typeof materials.$inferSelect;
  /** The blob that it showed until now, if it was another one. */
  readonly replaced: string | undefined;
  /** For the audit trail. */
  readonly event: AuditEvent;
}

/**
 * Lets a material show other bytes, under the name that came with them.
 * @throws AppError NOT_FOUND when it went to the trash meanwhile.
 */
export async function replaceBlob(
  tx: Transaction,
  id: string,
  file: StagedFile,
  blob: BlobOfMall,
): Promise<Replaced> {
  const live = and(eq(materials.id, id), isNull(materials.deletedAt));
  const [before] = await tx
    .select({ blobId: materials.blobId, sha256: blobs.sha256, originFilename: materials.originFilename })
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(live)
    .for('update', { of: materials });
  const [material] = await tx
    .update(materials)
    .set({
      blobId: blob.id,
      kind: blob.kind,
      size: blob.size,
      width: blob.width,
      height: blob.height,
      originFilename: file.filename,
      updatedAt: moved,
    })
    .where(live)
    .returning();
  if (!before || !material) throw new AppError('NOT_FOUND');
  const { mallId, originFilename } = material;
  const changes = changesOf(
    { sha256: before.sha256, originFilename: before.originFilename },
    { sha256: blob.sha256, originFilename },
  );
  return {
    material,
    replaced: before.blobId === blob.id ? undefined : before.blobId,
    event: {
      action: 'material.replaced',
      mallId,
      subjectId: id,
      subjectName: originFilename,
      ...(changes && { changes }),
    },
  };
}
