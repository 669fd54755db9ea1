import { isDatabaseUnavailable } from '../../../adapters/db/errors.ts';
import { AppError } from '../../../errors.ts';

/** What a file system's or the database's error means for a client. */
export function toStorageError(error: unknown): AppError {
  if (isDatabaseUnavailable(error)) {
    return new AppError('SERVICE_UNAVAILABLE', { cause: error, retryAfter: 2 });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('STORAGE_FULL', { cause: error, retryAfter: 60 });
    case 'EMFILE':
    case 'ENFILE':
      return new AppError('SERVICE_UNAVAILABLE', { cause: error, retryAfter: 5 });
    default:
      return new AppError('INTERNAL_ERROR', { cause: error });
  }
}
