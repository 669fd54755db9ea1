import { AppError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';
import type { Ctx } from '../context.ts';
import { MAX_PICTURES } from './fetch-gate.ts';
import { FETCHES_OF_USER } from './fetch-queue.ts';
import { planSaving, type SaveImageInput, type SaveImageOutcome, saveFrom } from './save-image.ts';

export interface SaveImagesInput extends Omit<SaveImageInput, 'url'> {
  readonly urls: readonly string[];
}

/**
 * Keeps several pictures, two at a time. Equal addresses are fetched once and share what comes of it.
 * @returns an outcome for each address, in their order; one that fails never fails the others.
 * @throws AppError as `saveImage` does before anything is fetched; PARAMS_INVALID for more than 20 addresses.
 */
export async function saveImages(ctx: Ctx, { urls, ...input }: SaveImagesInput): Promise<SaveImageOutcome[]> {
  if (urls.length > MAX_PICTURES) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: `At most ${MAX_PICTURES} addresses at once.`, zh: `一次最多 ${MAX_PICTURES} 个地址` },
    });
  }
  const plan = await planSaving(ctx, input);
  const distinct = [...new Set(urls)];
  await ctx.imageFetches.count(plan.actor.userId, distinct.length);
  const turns = new Limiter({ concurrency: FETCHES_OF_USER });
  const outcomes = await Promise.all(
    distinct.map((url) => turns.run(async () => [url, await saveFrom(ctx, plan, url)] as const)),
  );
  const byUrl = new Map(outcomes);
  return urls.map((url) => {
    const outcome = byUrl.get(url);
    if (!outcome) throw new Error('an address has no outcome');
    return outcome;
  });
}
