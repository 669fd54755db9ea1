import { inArray, sql } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import type { Ctx } from '../context.ts';
import { changeMaterials, type MaterialOutcome } from './change-materials.ts';
import { moved } from './moved.ts';

/**
 * Puts materials into the trash: their files answer 404, and lists leave them out. What is there already stays there,
 * since when it is.
 * @returns an outcome for each id, as `changeMaterials` does.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID
 */
export async function deleteMaterials(ctx: Ctx, ids: readonly string[]): Promise<MaterialOutcome[]> {
  return await changeMaterials(ctx, ids, {
    action: 'TRASHED',
    apply: async (tx, accepted) => {
      const live = accepted.filter(({ deletedAt }) => !deletedAt).map(({ id }) => id);
      if (live.length === 0) return [];
      return await tx
        .update(materials)
        .set({ deletedAt: sql`now()`, updatedAt: moved })
        .where(inArray(materials.id, live))
        .returning({ id: materials.id });
    },
  });
}
