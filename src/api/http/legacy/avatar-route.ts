import type { Handler } from 'hono';
import { z } from 'zod';
import { requireSession } from '../../../services/access.ts';
import { fetchAvatar } from '../../../services/image-fetch/fetch-avatar.ts';
import { fileUrl } from '../../../services/material/file-url.ts';
import { createCtx, type HttpEnv } from '../env.ts';
import { readBody } from '../rest/read-body.ts';
import type { RestRoute } from '../rest/route.ts';
import { success } from './envelope.ts';

export const avatarDefinition = {
  method: 'POST',
  path: '/avatar',
  id: 'avatar',
  tag: 'Legacy',
  summary: 'Makes a picture from elsewhere the avatar of whoever asks',
  caller: 'SESSION',
  isLegacy: true,
  body: {
    values: z.object({ avatarUrl: z.string().describe('`http` or `https`, on the public network.') }),
    refusal: 'AVATAR_DOWNLOAD_FAILED',
  },
  answers: { 200: { description: 'Its address.', schema: z.object({ url: z.url() }) } },
  errors: ['AVATAR_DOWNLOAD_FAILED', 'RATE_LIMITED', 'STORAGE_FULL'],
} as const satisfies RestRoute;

/** `POST /avatar` with `avatarUrl`. */
export const avatarRoute: Handler<HttpEnv> = async (c) => {
  const { actor } = c.get('sessionHandle');
  c.set('actor', actor);
  const ctx = createCtx(c, actor);
  c.get('allowTime')?.(ctx.imageFetches.longestMs(1));
  requireSession(ctx);
  const { avatarUrl } = await readBody(avatarDefinition.body, c.req.raw);
  const outcome = await fetchAvatar(ctx, avatarUrl);
  if ('error' in outcome) throw outcome.error;
  return success(c, { url: fileUrl(ctx, outcome.avatar) });
};
