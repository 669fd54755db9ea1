import { dictionary } from '@zxcvbn-ts/language-common';

const common = new Set(dictionary['passwords-common']);

/** Whether a password is among the 18,000 or so most used ones (the list of zxcvbn), in any case. */
export function isCommonPassword(password: string): boolean {
  return common.has(password.toLowerCase());
}
