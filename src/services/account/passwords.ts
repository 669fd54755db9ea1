import { AppError } from '../../errors.ts';
import type { Limiter } from '../../lib/limiter.ts';

/** argon2id with the memory and passes of the OWASP Password Storage Cheat Sheet (19 MiB, 2 passes). */
const ARGON2 = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

/** Longer passwords are refused before they are hashed; in UTF-16 units. */
export const MAX_PASSWORD_LENGTH = 1000;

/** @throws AppError SERVICE_UNAVAILABLE when too many wait already. */
export async function hashPassword(limiter: Limiter, password: string): Promise<string> {
  return await bounded(limiter, () => Bun.password.hash(password, ARGON2));
}

/**
 * Compares in the same time whether there is a hash or not, so that the answer does not tell which user names exist.
 * @throws AppError SERVICE_UNAVAILABLE when too many wait already.
 */
export async function verifyPassword(
  limiter: Limiter,
  password: string,
  hash: string | undefined,
): Promise<boolean> {
  if (password.length === 0 || password.length > MAX_PASSWORD_LENGTH) return false;
  decoy ??= Bun.password.hash(crypto.randomUUID(), ARGON2);
  const against = hash ?? (await decoy);
  const matches = await bounded(limiter, () => Bun.password.verify(password, against));
  return matches && hash !== undefined;
}

let decoy: Promise<string> | undefined;

async function bounded<T>(limiter: Limiter, task: () => Promise<T>): Promise<T> {
  if (limiter.isFull) throw new AppError('SERVICE_UNAVAILABLE', { retryAfter: 5 });
  return await limiter.run(task);
}
