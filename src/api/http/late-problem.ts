import { randomUUIDv7 } from 'bun';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { toAppError } from '../public-error.ts';
import { problemDocument } from './problem.ts';

/**
 * What a client gets when its answer fails as Bun begins to send it: a file that cannot be opened, say. Nothing is known
 * of the request any more.
 */
export function lateProblem(error: unknown, log: Logger): Response {
  const requestId = randomUUIDv7();
  const known = toAppError(error);
  log[known ? 'warn' : 'error']({ requestId, err: error }, 'an answer could not be sent');
  const shown = known ?? new AppError('INTERNAL_ERROR');
  return problemDocument(shown, 'en', requestId, { 'X-Request-Id': requestId });
}
