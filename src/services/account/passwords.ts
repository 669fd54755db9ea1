import { AppError } from '../../errors.ts';
import type { Limiter } from '../../lib/limiter.ts';
import type { LegacyDigest } from '../context.ts';

/** argon2id with the memory and passes of the OWASP Password Storage Cheat Sheet (19 MiB, 2 passes). */
const ARGON2 = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

/** Marks the argon2id hash of a digest that another system made of the password. */
const LEGACY_PREFIX = 'legacy:';
/** Hex digits. */
const DIGEST_LENGTHS = { md5: 32, sha1: 40, sha256: 64 } as const;
const MIN_PASSWORD_LENGTH = 8;
/** Longer passwords are refused before they are hashed; in UTF-16 units. */
const MAX_PASSWORD_LENGTH = 1000;

/** What a password is compared with. */
export interface PasswordCheck {
  readonly password: string;
  /** undefined: there is no such user, which takes the same time. */
  readonly hash: string | undefined;
  readonly legacy: LegacyDigest | undefined;
}

/** @throws AppError SERVICE_UNAVAILABLE when too many wait already. */
export async function hashPassword(limiter: Limiter, password: string): Promise<string> {
  return await withPasswordSlot(limiter, () => Bun.password.hash(password, ARGON2));
}

/**
 * Keeps a digest of another system, hashed once more: a copy of the table gives away no digest that is easy to break.
 * @param digest hex.
 * @throws AppError PARAMS_INVALID where it is no digest of the algorithm, SERVICE_UNAVAILABLE
 */
export async function hashLegacyDigest(
  limiter: Limiter,
  digest: string,
  { algorithm }: LegacyDigest,
): Promise<string> {
  if (digestAlgorithmOf(digest) !== algorithm)
    throw new AppError('PARAMS_INVALID', { detail: `No ${algorithm} digest.` });
  return LEGACY_PREFIX + (await hashPassword(limiter, digest.toLowerCase()));
}

/** The algorithm whose digests, in hex, are as long as the text; undefined for what is no digest. */
export function digestAlgorithmOf(text: string): LegacyDigest['algorithm'] | undefined {
  if (!/^[0-9a-f]+$/i.test(text)) return undefined;
  const algorithms = ['md5', 'sha1', 'sha256'] as const;
  return algorithms.find((algorithm) => DIGEST_LENGTHS[algorithm] === text.length);
}

/** Whether a hash was made of this digest, by `hashLegacyDigest`. The caller holds a slot. */
export async function verifyLegacyDigest(digest: string, hash: string): Promise<boolean> {
  return (
    isLegacyHash(hash) && (await Bun.password.verify(digest.toLowerCase(), hash.slice(LEGACY_PREFIX.length)))
  );
}

export function isLegacyHash(hash: string): boolean {
  return hash.startsWith(LEGACY_PREFIX);
}

/**
 * Compares in the same time whether there is a hash or not, and of whichever kind, so that the answer does not tell
 * which user names exist. The caller holds a slot (`withPasswordSlot`).
 */
export async function verifyPassword({ password, hash, legacy }: PasswordCheck): Promise<boolean> {
  if (password.length === 0 || password.length > MAX_PASSWORD_LENGTH) return false;
  decoy ??= Bun.password.hash(crypto.randomUUID(), ARGON2);
  const isLegacy = hash !== undefined && isLegacyHash(hash);
  const isUsable = hash !== undefined && (!isLegacy || legacy !== undefined);
  const against = isUsable ? hash.slice(isLegacy ? LEGACY_PREFIX.length : 0) : await decoy;
  const matches = await Bun.password.verify(
    isLegacy && legacy ? digestOf(password, legacy) : password,
    against,
  );
  return matches && isUsable;
}

/** Hashing takes a core and 19 MiB: few run at once. @throws AppError SERVICE_UNAVAILABLE when too many wait already. */
export async function withPasswordSlot<T>(limiter: Limiter, task: () => Promise<T>): Promise<T> {
  if (limiter.isFull) throw new AppError('SERVICE_UNAVAILABLE', { retryAfter: 5 });
  return await limiter.run(task);
}

/** @throws AppError PARAMS_INVALID, PASSWORD_WEAK */
export async function checkNewPassword(password: string, username: string): Promise<void> {
  const { length } = password;
  if (length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: 'A password has 8 to 1,000 characters.', zh: '密码须为 8 到 1000 个字符' },
    });
  }
  // 700 kB that are rarely needed.
  const { isCommonPassword } = await import('./common-passwords.ts');
  if (password.toLowerCase() === username.toLowerCase() || isCommonPassword(password)) {
    throw new AppError('PASSWORD_WEAK');
  }
}

let decoy: Promise<string> | undefined;

function digestOf(password: string, { algorithm, salt }: LegacyDigest): string {
  return new Bun.CryptoHasher(algorithm).update(salt + password).digest('hex');
}
