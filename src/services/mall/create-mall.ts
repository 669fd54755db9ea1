import { malls } from '../../adapters/db/schema.ts';
import { requireAdmin } from '../access.ts';
import type { Ctx } from '../context.ts';
import { parseName } from '../names.ts';
import type { MallRecord } from './list-malls.ts';

/**
 * Makes a mall without members.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (name)
 */
export async function createMall(
  ctx: Ctx,
  input: { readonly name: string; readonly quotaBytes?: number | null | undefined },
): Promise<MallRecord> {
  requireAdmin(ctx);
  const name = parseName(input.name);
  const [mall] = await ctx.db
    .insert(malls)
    .values({ name, quotaBytes: input.quotaBytes ?? null })
    .returning();
  if (!mall) throw new Error('a row was not returned');
  return mall;
}
