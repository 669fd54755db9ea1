import { randomBytes } from 'node:crypto';
import { checkNewPassword, hashPassword } from '../account/passwords.ts';
import type { Ctx } from '../context.ts';

const RANDOM_BYTES = 15;

/** A password that somebody chose for another user, who has to change it. */
export interface GivenPassword {
  readonly passwordHash: string;
  /** Set when it was made here: to be shown once. */
  readonly generated: string | undefined;
}

/**
 * Checks and hashes the password that was chosen, or else one that is made here, of 120 random bits.
 * @throws AppError PARAMS_INVALID, PASSWORD_WEAK, SERVICE_UNAVAILABLE (too many are being hashed)
 */
export async function givePassword(
  ctx: Ctx,
  username: string,
  chosen: string | null | undefined,
): Promise<GivenPassword> {
  const generated = chosen == null ? randomBytes(RANDOM_BYTES).toString('base64url') : undefined;
  const password = chosen ?? generated ?? '';
  if (generated === undefined) await checkNewPassword(password, username);
  return { passwordHash: await hashPassword(ctx.passwords, password), generated };
}
