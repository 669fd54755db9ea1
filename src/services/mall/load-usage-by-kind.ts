import { and, count, inArray, isNull, sum } from 'drizzle-orm';
import { blobs, type MediaKind, materials } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';

const KINDS: readonly MediaKind[] = ['IMAGE', 'VIDEO', 'AUDIO'];

export interface KindUsage {
  readonly kind: MediaKind;
  /** Without those in the trash. */
  readonly materials: number;
  /** Equal ones counted once, those in the trash too: those of all kinds are what the mall uses. */
  readonly bytes: number;
}

/**
 * What malls keep of each kind, by the malls' ids. A mall that the actor may not see seems empty.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function loadUsageByKind(
  ctx: Ctx,
  mallIds: readonly number[],
): Promise<ReadonlyMap<number, readonly KindUsage[]>> {
  const actor = requireActor(ctx);
  const ids = [...mallIds];
  const [kept, shown] = await Promise.all([
    ctx.db
      .select({ mallId: blobs.mallId, kind: blobs.kind, value: sum(blobs.size).mapWith(Number) })
      .from(blobs)
      .where(and(inArray(blobs.mallId, ids), inVisibleMalls(ctx.db, actor, blobs.mallId)))
      .groupBy(blobs.mallId, blobs.kind),
    ctx.db
      .select({ mallId: materials.mallId, kind: materials.kind, value: count() })
      .from(materials)
      .where(
        and(
          inArray(materials.mallId, ids),
          isNull(materials.deletedAt),
          inVisibleMalls(ctx.db, actor, materials.mallId),
        ),
      )
      .groupBy(materials.mallId, materials.kind),
  ]);
  const valueIn = (rows: typeof kept, mallId: number, kind: MediaKind) =>
    rows.find((row) => row.mallId === mallId && row.kind === kind)?.value ?? 0;
  const usageOf = (mallId: number) =>
    KINDS.map((kind) => ({
      kind,
      materials: valueIn(shown, mallId, kind),
      bytes: valueIn(kept, mallId, kind),
    }));
  return new Map(ids.map((id) => [id, usageOf(id)]));
}
