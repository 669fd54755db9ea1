import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';

/**
 * Ids that a client gives its files, one each, as they are stored.
 * @throws AppError PARAMS_INVALID
 */
export function parseUploadIds(ids: readonly string[], files: number): string[] {
  const parsed = ids.map((id) => id.toLowerCase());
  if (parsed.length !== files || !parsed.every(isUuid) || new Set(parsed).size !== files) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: 'uploadIds has one UUID for each file, each another one.',
        zh: 'uploadIds 须为每个文件提供一个互不相同的 UUID',
      },
    });
  }
  return parsed;
}
