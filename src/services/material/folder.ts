import { AppError } from '../../errors.ts';

const MAX_FOLDER_LENGTH = 500;

/**
 * A folder as it is stored: names with single slashes between, none at the ends; '' is the top.
 * @throws AppError PARAMS_INVALID
 */
export function parseFolder(folder: string | null | undefined): string {
  const names = (folder ?? '')
    .split('/')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const path = names.join('/');
  if (path.length > MAX_FOLDER_LENGTH || names.includes('.') || names.includes('..')) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `A folder has at most ${MAX_FOLDER_LENGTH} characters and no "." or ".." in its path.`,
        zh: `文件夹最多 ${MAX_FOLDER_LENGTH} 个字符，路径中不能有 "." 或 ".."`,
      },
    });
  }
  return path;
}
