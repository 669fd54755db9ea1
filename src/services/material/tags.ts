import { AppError } from '../../errors.ts';

export const MAX_TAGS = 50;
const MAX_TAG_LENGTH = 100;

/**
 * Tags as they are stored: without space around them, each once, in the order given.
 * @throws AppError PARAMS_INVALID
 */
export function parseTags(tags: readonly string[]): string[] {
  const parsed = [...new Set(tags.map((tag) => tag.trim()))];
  const fit = parsed.every((tag) => tag !== '' && [...tag].length <= MAX_TAG_LENGTH);
  if (!fit || parsed.length > MAX_TAGS) throw tagsInvalid();
  return parsed;
}

export function tagsInvalid(): AppError {
  return new AppError('PARAMS_INVALID', {
    detail: `At most ${MAX_TAGS} tags of 1 to ${MAX_TAG_LENGTH} characters.`,
  });
}
