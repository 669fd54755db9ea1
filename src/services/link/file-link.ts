import { AppError } from '../../errors.ts';
import { checkQuery } from '../../lib/signed-query.ts';
import type { Services } from '../context.ts';

/** What the signature of a file's link is about. */
export function fileSubject(basePath: string): string {
  return `file:${basePath}`;
}

/**
 * Whether the query of a file's address is that of a link which is still good.
 * @throws AppError LINK_INVALID, LINK_EXPIRED
 */
export function isFileLink(
  { linkSecrets }: Pick<Services, 'linkSecrets'>,
  basePath: string,
  query: URLSearchParams,
): boolean {
  const state = checkQuery(linkSecrets, fileSubject(basePath), query);
  if (state === 'forged') throw new AppError('LINK_INVALID');
  if (state === 'expired') throw new AppError('LINK_EXPIRED');
  return state === 'valid';
}
