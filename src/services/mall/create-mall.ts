import { requireAdmin } from '../access.ts';
import type { Ctx } from '../context.ts';
import { addMall } from './add-mall.ts';
import type { MallRecord } from './record.ts';

/**
 * Makes a mall without members.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (name)
 */
export async function createMall(
  ctx: Ctx,
  input: { readonly name: string; readonly quotaBytes?: number | null | undefined },
): Promise<MallRecord> {
  requireAdmin(ctx);
  return await addMall(ctx, { name: input.name, quotaBytes: input.quotaBytes ?? null });
}
