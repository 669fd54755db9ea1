import { AppError, type ErrorDetail } from '../errors.ts';

const MAX_NAME_LENGTH = 100;
/** Control characters and what breaks lines; half of a surrogate pair cannot be stored. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

const RULE: ErrorDetail = {
  en: `A name has 1 to ${MAX_NAME_LENGTH} characters, none of them control characters.`,
  zh: `名称须为 1 到 ${MAX_NAME_LENGTH} 个字符，且不含控制字符`,
};

/**
 * The name of a mall or a user as it is stored: without spaces at its ends.
 * @throws AppError PARAMS_INVALID
 */
export function parseName(name: string): string {
  const trimmed = name.trim();
  const problem = nameProblem(trimmed);
  if (problem) throw new AppError('PARAMS_INVALID', { detail: problem });
  return trimmed;
}

/** What is wrong with a name, without spaces at its ends; undefined when it may be used. */
export function nameProblem(name: string): ErrorDetail | undefined {
  const { length } = [...name];
  return length === 0 || length > MAX_NAME_LENGTH || FORBIDDEN.test(name) ? RULE : undefined;
}
