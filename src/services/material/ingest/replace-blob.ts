import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Transaction } from '../../../adapters/db/open.ts';
import { blobs, materials } from '../../../adapters/db/schema.ts';
import { AppError } from '../../../errors.ts';
import { changesOf } from '../../audit/changes.ts';
import type { AuditEvent } from '../../audit/record-events.ts';
import { moved } from '../moved.ts';
import { type MaterialRecord, materialBlob, toRecord } from '../record.ts';
import { blobRow } from './insert-files.ts';
import type { StagedFile } from './staged-file.ts';

interface Replaced {
  readonly material: MaterialRecord;
  /** Another than the file's where the mall had the bytes. */
  readonly blobId: string;
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
  mallId: number | null,
  id: string,
  file: StagedFile,
): Promise<Replaced> {
  const [blob] = await tx
    .insert(blobs)
    .values({ ...blobRow(file), mallId, placeholderDue: file.facts.kind === 'IMAGE' ? sql`now()` : null })
    // It changes nothing; it locks the row that is there and returns it.
    .onConflictDoUpdate({ target: [blobs.mallId, blobs.sha256], set: { sha256: file.sha256 } })
    .returning();
  if (!blob) throw new Error('a blob was not returned');
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
  const { originFilename } = material;
  const changes = changesOf(
    { sha256: before.sha256, originFilename: before.originFilename },
    { sha256: blob.sha256, originFilename },
  );
  return {
    material: toRecord(material, blob),
    blobId: blob.id,
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
