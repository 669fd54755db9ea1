import { eq } from 'drizzle-orm';
import { files } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { type Ctx, requireActor } from '../context.ts';
import { type FileRecord, selectFiles } from './record.ts';

/** @throws AppError LOGIN_REQUIRED, NOT_FOUND */
export function openFile(ctx: Ctx, id: string): { record: FileRecord; bytes: Bun.BunFile } {
  requireActor(ctx);
  const record = selectFiles(ctx.db).where(eq(files.id, id)).get();
  if (!record) throw new AppError('NOT_FOUND');
  return { record, bytes: ctx.store.file(record.id) };
}
