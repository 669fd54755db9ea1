import { inArray, sql } from 'drizzle-orm';
import { materials, type Visibility } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { changeMaterials, type LockedMaterial, type MaterialOutcome } from './change-materials.ts';
import { parseFolder } from './folder.ts';
import { moved } from './moved.ts';
import { MAX_TAGS, parseTags, tagsInvalid } from './tags.ts';

export interface UpdateMaterialsInput {
  readonly ids: readonly string[];
  readonly addTags?: readonly string[] | null | undefined;
  readonly removeTags?: readonly string[] | null | undefined;
  readonly folder?: string | null | undefined;
  readonly visibility?: Visibility | null | undefined;
}

/**
 * Changes several materials in the same way: removes tags, then adds others behind those that are there.
 * @returns an outcome for each id, as `changeMaterials` does; NOT_FOUND for what is in the trash, PARAMS_INVALID for
 * one that would have more than 50 tags.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID
 */
export async function updateMaterials(ctx: Ctx, input: UpdateMaterialsInput): Promise<MaterialOutcome[]> {
  const added = parseTags(input.addTags ?? []);
  const removed = parseTags(input.removeTags ?? []);
  const { visibility } = input;
  const values = {
    ...(input.folder == null ? {} : { folder: parseFolder(input.folder) }),
    ...(visibility == null ? {} : { visibility }),
    ...(added.length + removed.length === 0 ? {} : { tags: tagsAfter(removed, added) }),
  };
  return await changeMaterials(ctx, input.ids, {
    action: 'UPDATED',
    refuse: ({ deletedAt, tags }: LockedMaterial) => {
      if (deletedAt) return new AppError('NOT_FOUND');
      const kept = tags.filter((tag) => !removed.includes(tag));
      return new Set([...kept, ...added]).size > MAX_TAGS ? tagsInvalid() : undefined;
    },
    apply: async (tx, accepted) => {
      if (Object.keys(values).length === 0) return [];
      const ids = accepted.map(({ id }) => id);
      await tx
        .update(materials)
        .set({ ...values, updatedAt: moved })
        .where(inArray(materials.id, ids));
      return accepted;
    },
  });
}

function tagsAfter(removed: readonly string[], added: readonly string[]) {
  const list = (tags: readonly string[]) => sql`${sql.param([...tags], materials.tags)}::text[]`;
  // Added ones that stay where they are must not come twice.
  const others = sql`array(select tag from unnest(${materials.tags}) with ordinality as t(tag, place)
    where tag <> all(${list(removed)}) and tag <> all(${list(added)}) order by place)`;
  return sql`${others} || ${list(added)}`;
}
