import { and, count, inArray, isNull, sql } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import { inVisibleMalls, requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { FolderRecord } from './list-folders.ts';

/**
 * How many materials lie in folders themselves, without those in the trash; no entry for a folder that has none, or
 * whose mall the actor may not see.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export async function countInFolders(
  ctx: Ctx,
  folders: readonly FolderRecord[],
): Promise<ReadonlyMap<FolderRecord, number>> {
  const actor = requireActor(ctx);
  const folder = sql<string>`${materials.folder} collate "C"`;
  const rows = await ctx.db
    .select({ mallId: materials.mallId, folder, count: count() })
    .from(materials)
    .where(
      and(
        inArray(materials.mallId, [...new Set(folders.map(({ mallId }) => mallId))]),
        inArray(folder, [...new Set(folders.map(({ name }) => name))]),
        isNull(materials.deletedAt),
        inVisibleMalls(ctx.db, actor, materials.mallId),
      ),
    )
    .groupBy(materials.mallId, folder);
  const counts = new Map(rows.map((row) => [`${row.mallId}/${row.folder}`, row.count]));
  return new Map(
    folders.flatMap((one) => {
      const found = counts.get(`${one.mallId}/${one.name}`);
      return found === undefined ? [] : [[one, found] as const];
    }),
  );
}
