import { AppError } from '../../../errors.ts';
import type { Ctx } from '../../context.ts';
import { refuseWhenMemoryIsShort } from '../../pressure.ts';

const RETRY_SECONDS = 60;

/**
 * Refuses an upload before its bytes come, where they could not be kept.
 * @param bytes of the request, as far as it declares them.
 * @throws AppError STORAGE_FULL, SERVICE_UNAVAILABLE
 */
export async function admitUpload(ctx: Ctx, bytes = 0): Promise<void> {
  await refuseWhenMemoryIsShort(ctx);
  await checkSpool(ctx);
  const room = await ctx.store.room?.();
  if (room !== undefined && room <= bytes) throw full();
}

/** @throws AppError STORAGE_FULL when the disk on which uploads wait is nearly full. */
export async function checkSpool({ spool }: Pick<Ctx, 'spool'>): Promise<void> {
  if ((await spool.room()) <= 0) throw full();
}

function full(): AppError {
  return new AppError('STORAGE_FULL', { retryAfter: RETRY_SECONDS });
}
