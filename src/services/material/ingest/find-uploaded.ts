import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../../../adapters/db/open.ts';
import { blobs, materials } from '../../../adapters/db/schema.ts';
import { type MaterialRecord, materialBlob, materialColumns } from '../record.ts';
import type { NewMaterial } from './commit-files.ts';
import type { IngestCtx, StagedFile } from './staged-file.ts';

type Uploader = Pick<IngestCtx, 'actor'>;

/**
 * Those of these files that the actor has uploaded to the mall before, under the same ids, and the materials that they
 * became, also if those are in the trash. Until the transaction ends nobody else keeps a file under these ids: one that
 * is about to is waited for, as is whatever else the actor is about to keep in the mall under ids.
 */
export async function findUploaded(
  tx: Transaction,
  uploader: Uploader,
  mallId: number | null,
  files: readonly NewMaterial[],
): Promise<Map<StagedFile, MaterialRecord>> {
  const byId = new Map(files.flatMap(({ file }) => (file.uploadId ? [[file.uploadId, file] as const] : [])));
  const found = await findByUploadId(tx, uploader, mallId, [...byId.keys()]);
  return new Map(
    found.flatMap(({ uploadId, ...material }) => {
      const file = byId.get(uploadId ?? '');
      return file ? [[file, material] as const] : [];
    }),
  );
}

/** The material of one such file, if there is one; one that is about to be kept is waited for. */
export async function findUploadedOne(
  { db, ...uploader }: Uploader & Pick<IngestCtx, 'db'>,
  mallId: number | null,
  uploadId: string | undefined,
): Promise<MaterialRecord | undefined> {
  if (uploadId === undefined) return undefined;
  const [found] = await db.transaction((tx) => findByUploadId(tx, uploader, mallId, [uploadId]));
  if (!found) return undefined;
  const { uploadId: _, ...material } = found;
  return material;
}

async function findByUploadId(
  tx: Transaction,
  { actor }: Uploader,
  mallId: number | null,
  ids: readonly string[],
): Promise<(MaterialRecord & { readonly uploadId: string | null })[]> {
  if (ids.length === 0 || mallId === null || !actor) return [];
  // One for all ids: locks have a table that a request of thousands would fill, for everybody.
  const key = `${mallId}:${actor.userId}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
  return await tx
    .select({ ...materialColumns, uploadId: materials.uploadId })
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(
      and(
        eq(materials.mallId, mallId),
        eq(materials.uploadedBy, actor.userId),
        inArray(materials.uploadId, ids),
      ),
    );
}
