import type { Handler } from 'hono';
import { fetchAvatar } from '../../../services/image-fetch/fetch-avatar.ts';
import { fileUrl } from '../../../services/material/file-url.ts';
import { createCtx, type HttpEnv } from '../env.ts';
import { success } from './envelope.ts';
import { readValues } from './values.ts';

/** `POST /avatar` with `avatarUrl`. */
export const avatarRoute: Handler<HttpEnv> = async (c) => {
  const { actor } = c.get('sessionHandle');
  c.set('actor', actor);
  const ctx = createCtx(c, actor);
  c.get('allowTime')?.(ctx.imageFetches.longestMs(1));
  const { avatarUrl } = await readValues(c.req.raw);
  const outcome = await fetchAvatar(ctx, typeof avatarUrl === 'string' ? avatarUrl : '');
  if ('error' in outcome) throw outcome.error;
  return success(c, { url: fileUrl(ctx, outcome.avatar) });
};
