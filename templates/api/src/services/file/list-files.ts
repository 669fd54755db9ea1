import { desc, lt } from 'drizzle-orm';
import { files } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { type Ctx, requireActor } from '../context.ts';
import { type FileRecord, selectFiles } from './record.ts';

const MAX_FIRST = 100;

/**
 * The newest first. Ids are in the order of time, so one is the cursor of what follows it.
 * @throws AppError LOGIN_REQUIRED, PARAMS_INVALID
 */
export function listFiles(ctx: Ctx, input: { first: number; after?: string | null }): FileRecord[] {
  requireActor(ctx);
  if (input.first < 1 || input.first > MAX_FIRST) throw new AppError('PARAMS_INVALID');
  return selectFiles(ctx.db)
    .where(input.after == null ? undefined : lt(files.id, input.after))
    .orderBy(desc(files.id))
    .limit(input.first)
    .all();
}
