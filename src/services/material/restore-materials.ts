import { inArray } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import type { Ctx } from '../context.ts';
import { changeMaterials, type MaterialOutcome } from './change-materials.ts';
import { moved } from './moved.ts';

/**
 * Takes materials out of the trash: they are what and where they were, under the same URL.
 * @returns an outcome for each id, as `changeMaterials` does.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID
 */
export async function restoreMaterials(ctx: Ctx, ids: readonly string[]): Promise<MaterialOutcome[]> {
  return await changeMaterials(ctx, ids, {
    action: 'RESTORED',
    apply: async (tx, accepted) => {
      const trashed = accepted.filter(({ deletedAt }) => deletedAt).map(({ id }) => id);
      if (trashed.length === 0) return [];
      return await tx
        .update(materials)
        .set({ deletedAt: null, updatedAt: moved })
        .where(inArray(materials.id, trashed))
        .returning({ id: materials.id });
    },
  });
}
