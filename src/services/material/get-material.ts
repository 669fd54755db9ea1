import { and, eq, isNull } from 'drizzle-orm';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { isUuid } from '../../lib/uuid.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MaterialRecord, materialBlob, materialColumns } from './record.ts';

/**
 * One material, or null when there is none that the actor may see.
 * @param options `trashed`: also one in the trash
 * @throws AppError LOGIN_REQUIRED
 */
export async function getMaterial(
  ctx: Ctx,
  id: string,
  { trashed = false }: { readonly trashed?: boolean } = {},
): Promise<MaterialRecord | null> {
  const actor = requireActor(ctx);
  if (!isUuid(id)) return null;
  const [material] = await ctx.db
    .select(materialColumns)
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(
      and(
        eq(materials.id, id),
        trashed ? undefined : isNull(materials.deletedAt),
        inVisibleMalls(ctx.db, actor, materials.mallId),
      ),
    );
  return material ?? null;
}
