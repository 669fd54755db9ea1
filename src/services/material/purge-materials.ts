import { inArray } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { releaseBlobs } from '../blob/release-blobs.ts';
import type { Ctx } from '../context.ts';
import { changeMaterials, type MaterialOutcome } from './change-materials.ts';

/**
 * Removes materials for ever, and their bytes unless another material shows the same ones. Whoever may put something
 * into the trash may do so, but only from there: nothing is lost by one wrong click.
 * @returns an outcome for each id, as `changeMaterials` does; NOT_IN_TRASH for one that is in use.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID
 */
export async function purgeMaterials(ctx: Ctx, ids: readonly string[]): Promise<MaterialOutcome[]> {
  return await changeMaterials(ctx, ids, {
    action: 'PURGED',
    refuse: ({ deletedAt }) => (deletedAt ? undefined : new AppError('NOT_IN_TRASH')),
    apply: async (tx, accepted) => {
      const trashed = accepted.map(({ id }) => id);
      return await tx.delete(materials).where(inArray(materials.id, trashed)).returning({ id: materials.id });
    },
    afterwards: async (purged) => {
      await releaseBlobs(ctx, [...new Set(purged.map(({ blobId }) => blobId))]);
    },
  });
}
