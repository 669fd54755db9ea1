import { AppError } from '../errors.ts';
import type { Services } from './context.ts';

const RETRY_SECONDS = 10;

/**
 * To be called before work that takes much memory: uploads, reports, decoding. What is cheap goes on.
 * @throws AppError SERVICE_UNAVAILABLE when memory is short
 */
export async function refuseWhenMemoryIsShort({ memory }: Pick<Services, 'memory'>): Promise<void> {
  if (await memory.isHigh()) throw new AppError('SERVICE_UNAVAILABLE', { retryAfter: RETRY_SECONDS });
}
