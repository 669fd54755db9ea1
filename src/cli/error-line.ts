import { databaseErrorCode, isDatabaseUnavailable } from '../adapters/db/errors.ts';
import { AppError, detailIn, toPublicError } from '../errors.ts';

/** An error as the one line that the operator reads. Parameters of a failed query stay out: they are people's data. */
export function errorLine(error: unknown): string {
  return textOf(error).trim().replace(/\s+/g, ' ');
}

function textOf(error: unknown): string {
  if (error instanceof AppError) {
    // What it is that was not found says it all.
    if (error.code === 'NOT_FOUND' && error.detail) return detailIn(error.detail, 'en');
    return toPublicError(error, 'en').message;
  }
  if (!(error instanceof Error)) return String(error);
  if (isDatabaseUnavailable(error)) return `The database cannot be reached (${databaseErrorCode(error)}).`;
  if ('query' in error && error.cause instanceof Error) return `The database refused: ${error.cause.message}`;
  return error.message || error.name;
}
