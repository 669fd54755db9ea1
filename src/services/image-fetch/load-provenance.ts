import { and, eq, inArray, or } from 'drizzle-orm';
import { imageFetches, materials } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';

/** Where a material was fetched from. */
export interface Provenance {
  readonly materialId: string;
  /** Without credentials and fragment. */
  readonly url: string;
  readonly fetchedAt: Date;
  /** As the server gave it. */
  readonly etag: string | null;
}

/**
 * The provenance of those of these materials that came from elsewhere and that the actor may see; of avatars, only of
 * the own one. Ids are UUIDs.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function loadProvenance(
  ctx: Ctx,
  materialIds: readonly string[],
): Promise<ReadonlyMap<string, Provenance>> {
  const actor = requireActor(ctx);
  const own = and(eq(imageFetches.purpose, 'AVATAR'), eq(imageFetches.userId, actor.userId));
  const visible = inVisibleMalls(ctx.db, actor, materials.mallId);
  const rows = await ctx.db
    .select({
      materialId: materials.id,
      url: imageFetches.url,
      fetchedAt: imageFetches.startedAt,
      etag: imageFetches.etag,
    })
    .from(imageFetches)
    .innerJoin(materials, eq(materials.id, imageFetches.materialId))
    .where(and(inArray(imageFetches.materialId, [...materialIds]), visible && or(visible, own)));
  return new Map(rows.map((row) => [row.materialId, row]));
}
