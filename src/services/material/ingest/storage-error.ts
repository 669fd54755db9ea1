import { AppError } from '../../../errors.ts';

/** What a file system's error means for a client. */
export function toStorageError(error: unknown): AppError {
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
