import { sql } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { MAX_PAGE } from '../page.ts';

/** Before every folder but the top, which is empty. */
const FIRST = '\u0001';

export interface FolderListInput {
  readonly mallId: number;
  /** What the folders begin with, in this case; by default anything. */
  readonly prefix?: string | null | undefined;
  /** By default 100, which is the most. */
  readonly first?: number | null | undefined;
}

/** A folder that materials lie in. */
export interface FolderRecord {
  readonly mallId: number;
  /** Never empty. */
  readonly name: string;
}

/**
 * The folders that materials of a mall lie in, without the top and the trash, sorted by code point. The index is
 * entered anew for each folder, so that it costs as much as there are folders in the answer, however large the mall.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope),
 * NOT_FOUND (the mall), PARAMS_INVALID (`first`)
 */
export async function listFolders(ctx: Ctx, input: FolderListInput): Promise<FolderRecord[]> {
  const { mallId } = input;
  await requireMall(ctx, mallId, 'read');
  const first = input.first ?? MAX_PAGE;
  if (first < 0 || first > MAX_PAGE) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: `There are 0 to ${MAX_PAGE} folders at once.`, zh: `每次 0 到 ${MAX_PAGE} 个文件夹` },
    });
  }
  const prefix = input.prefix ?? '';
  const folder = sql`${materials.folder} collate "C"`;
  const shown = sql`${materials.mallId} = ${mallId}::integer and ${materials.deletedAt} is null`;
  const rows = await ctx.db.execute<{ name: string }>(sql`
    with recursive found(name) as (
      (
        select ${folder} from ${materials} where ${shown} and ${folder} >= ${prefix || FIRST}::text
        order by ${folder} limit 1
      )
      union all
      select (
        select ${folder} from ${materials} where ${shown} and ${folder} > found.name
        order by ${folder} limit 1
      )
      from found where starts_with(found.name, ${prefix}::text)
    )
    select name from found where starts_with(name, ${prefix}::text) limit ${first}`);
  return rows.map(({ name }) => ({ mallId, name }));
}
