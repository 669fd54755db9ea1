import { AppError } from '../../errors.ts';

const MAX_FILENAME_BYTES = 1024;

/** Any name is taken that is not too long. @throws AppError FILE_NAME_INVALID */
export function checkFilename(filename: string): void {
  if (Buffer.byteLength(filename) > MAX_FILENAME_BYTES) throw new AppError('FILE_NAME_INVALID');
}
