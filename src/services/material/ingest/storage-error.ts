import { isDatabaseUnavailable } from '../../../adapters/db/errors.ts';
import { StoreError } from '../../../adapters/storage/store-error.ts';
import { AppError } from '../../../errors.ts';

/** What an error of the file system, of a store or of the database means for a client. */
export function toStorageError(error: unknown): AppError {
  if (error instanceof StoreError) return fromStore(error);
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

function fromStore(error: StoreError): AppError {
  switch (error.fault) {
    case 'full':
      return new AppError('STORAGE_FULL', { cause: error, retryAfter: 60 });
    case 'unavailable':
      return new AppError('SERVICE_UNAVAILABLE', { cause: error, retryAfter: 5 });
    case 'refused':
      return new AppError('INTERNAL_ERROR', { cause: error });
  }
}
