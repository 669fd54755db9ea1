import { isDatabaseUnavailable } from '../adapters/db/errors.ts';
import { isRedisUnavailable } from '../adapters/redis/errors.ts';
import { StoreError } from '../adapters/storage/store-error.ts';
import { AppError } from '../errors.ts';
import { BrokenUploadError } from '../services/material/ingest/staged-file.ts';
import { toStorageError } from '../services/material/ingest/storage-error.ts';

/** The AppError that stands for anything thrown, or undefined for what must be masked and logged. */
export function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof BrokenUploadError) return new AppError('MULTIPART_INVALID', { cause: error });
  if (error instanceof StoreError) return toStorageError(error);
  if (isDatabaseUnavailable(error))
    return new AppError('SERVICE_UNAVAILABLE', { cause: error, retryAfter: 2 });
  if (isRedisUnavailable(error)) return new AppError('SERVICE_UNAVAILABLE', { cause: error, retryAfter: 1 });
  if (isOutOfFiles(error)) return toStorageError(error);
  return undefined;
}

/** The process, or the machine, may open no more files. */
function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
