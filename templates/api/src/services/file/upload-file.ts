import { randomUUIDv7 } from 'bun';
import { files } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { type Ctx, requireActor } from '../context.ts';
import type { FileRecord } from './record.ts';

/**
 * Keeps a file: its bytes first, then its row, so that no row is ever without its bytes.
 * @throws AppError LOGIN_REQUIRED, FILE_EMPTY
 */
export async function uploadFile(ctx: Ctx, upload: File): Promise<FileRecord> {
  const actor = requireActor(ctx);
  if (upload.size === 0) throw new AppError('FILE_EMPTY');
  const hash = new Bun.CryptoHasher('sha256');
  const id = randomUUIDv7();
  await ctx.store.put(id, hashed(upload.stream(), hash));
  const row = {
    id,
    filename: upload.name,
    size: upload.size,
    sha256: hash.digest('hex'),
    uploadedBy: actor.userId,
    createdAt: new Date(),
  };
  try {
    ctx.db.insert(files).values(row).run();
  } catch (error) {
    await ctx.store.remove(id);
    throw error;
  }
  return { ...row, uploader: actor.username };
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: Bun.CryptoHasher,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
