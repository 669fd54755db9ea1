import { AppError } from '../errors.ts';

const MAX_NAME_LENGTH = 100;
/** Control characters and what breaks lines; half of a surrogate pair cannot be stored. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * The name of a mall or a user as it is stored: without spaces at its ends.
 * @throws AppError PARAMS_INVALID
 */
export function parseName(name: string): string {
  const trimmed = name.trim();
  const { length } = [...trimmed];
  if (length === 0 || length > MAX_NAME_LENGTH || FORBIDDEN.test(trimmed)) {
    throw new AppError('PARAMS_INVALID', {
      detail: `A name has 1 to ${MAX_NAME_LENGTH} characters, none of them control characters.`,
    });
  }
  return trimmed;
}
