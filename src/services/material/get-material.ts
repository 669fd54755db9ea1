import { and, eq, inArray, isNull } from 'drizzle-orm';
import { blobs, materials, memberships } from '../../adapters/db/schema.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MaterialRecord, materialBlob, materialColumns } from './record.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * One material, or null when there is none that the actor may see.
 * @throws AppError LOGIN_REQUIRED
 */
export async function getMaterial(ctx: Ctx, id: string): Promise<MaterialRecord | null> {
  const actor = requireActor(ctx);
  if (!UUID.test(id)) return null;
  const own = ctx.db
    .select({ id: memberships.mallId })
    .from(memberships)
    .where(eq(memberships.userId, actor.userId));
  const [material] = await ctx.db
    .select(materialColumns)
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(
      and(
        eq(materials.id, id),
        isNull(materials.deletedAt),
        actor.role === 'ADMIN' ? undefined : inArray(materials.mallId, own),
      ),
    );
  return material ?? null;
}
