import { rm } from 'node:fs/promises';
import type { Recipe } from '../../adapters/media/index.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { receiveFile } from '../material/ingest/receive-file.ts';
import type { IncomingFile } from '../material/ingest/staged-file.ts';

/** At most 1024 px either way; JPEG, or PNG where something is transparent. Of an animation, its first frame. */
const PORTRAIT: Recipe = {
  width: 1024,
  height: 1024,
  fit: 'inside',
  focus: 'centre',
  format: 'plain',
  quality: 85,
  blur: null,
  rotate: 0,
  background: null,
};

/** A picture that was drawn anew; disposing removes what it takes. */
export interface Portrait extends IncomingFile, AsyncDisposable {}

/**
 * Draws a picture anew: orientation applied, metadata left out, so that only pixels of what came are kept.
 * @throws AppError of the prober and the renderer; FILE_TYPE_NOT_ALLOWED for what is no picture; what `receiveFile`
 * throws
 */
export async function portrait(ctx: Ctx, file: IncomingFile): Promise<Portrait> {
  const received = await receiveFile(ctx, file);
  const { spoolFile, size, head, bytes } = received;
  const path = ctx.spool.path(`${received.blobId}.portrait`);
  const remove = () => rm(path, { force: true });
  try {
    await spoolFile.write();
    const facts = await ctx.prober.probe(
      { path: spoolFile.path, size, head, ...(bytes ? { bytes } : {}) },
      ctx.signal,
    );
    if (facts.kind !== 'IMAGE') throw new AppError('FILE_TYPE_NOT_ALLOWED');
    const source = { path: spoolFile.path };
    const isWanted = () => !ctx.signal.aborted;
    const drawn = await ctx.renderer.render({ source, recipe: PORTRAIT, target: path, isWanted });
    // The renderer keeps in memory what the disk has no room for.
    if (drawn.bytes) throw new AppError('STORAGE_FULL', { retryAfter: 30 });
    return {
      filename: `avatar.${drawn.mimeType === 'image/png' ? 'png' : 'jpg'}`,
      chunks: Bun.file(path).stream(),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    received.release();
    await spoolFile.remove();
  }
}
