import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../../../adapters/db/open.ts';
import { blobs, materials } from '../../../adapters/db/schema.ts';
import { type MaterialRecord, materialBlob, materialColumns } from '../record.ts';
import type { NewMaterial } from './commit-files.ts';
import type { IngestCtx, StagedFile } from './staged-file.ts';

/**
 * Those of these files that the actor has uploaded to the mall before, under the same ids, and the materials that they
 * became, also if those are in the trash. Until the transaction ends nobody else keeps a file under these ids: one that
 * is about to is waited for.
 */
export async function findUploaded(
  tx: Transaction,
  { actor }: Pick<IngestCtx, 'actor'>,
  mallId: number | null,
  files: readonly NewMaterial[],
): Promise<Map<StagedFile, MaterialRecord>> {
  const byId = new Map(files.flatMap(({ file }) => (file.uploadId ? [[file.uploadId, file] as const] : [])));
  if (byId.size === 0 || mallId === null || !actor) return new Map();
  const ids = [...byId.keys()];
  const keys = sql.join(
    ids.map((id) => sql`${`${mallId}:${actor.userId}:${id}`}`),
    sql`, `,
  );
  // In an order that all transactions share, so that they cannot wait for each other in a ring.
  await tx.execute(sql`
    select pg_advisory_xact_lock(key)
    from (select hashtextextended(text, 0) as key from unnest(array[${keys}]::text[]) as text order by key) as keys`);
  const rows = await tx
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
  return new Map(
    rows.flatMap(({ uploadId, ...material }) => {
      const file = byId.get(uploadId ?? '');
      return file ? [[file, material] as const] : [];
    }),
  );
}
