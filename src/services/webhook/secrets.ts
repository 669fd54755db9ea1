import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** Bytes of a key; Standard Webhooks asks for 24 to 64. */
const KEY_BYTES = 32;
/** After a rotation the one before signs as well for so long, ms. */
const OVERLAP_MS = 86_400_000;

/** A secret as receivers get it: `whsec_` and the key in base64. */
export function makeSecret(): string {
  return PREFIX + randomBytes(KEY_BYTES).toString('base64');
}

/**
 * What is kept when a secret takes the place of another: the new one, a space, and the one before, with the time up to
 * which it signs, ms since 1970, behind an @.
 */
export function rotateSecret(kept: string, secret: string, now: Date): string {
  const [current = ''] = kept.split(' ', 1);
  return `${secret} ${current}@${now.getTime() + OVERLAP_MS}`;
}

/**
 * The header `webhook-signature` of Standard Webhooks: HMAC-SHA256 over id, time and content, by each secret that signs.
 * @param kept as `makeSecret` or `rotateSecret` gave it.
 * @param timestamp seconds since 1970, as in the header `webhook-timestamp`.
 */
export function signatures(kept: string, id: string, timestamp: number, content: string, now: Date): string {
  return signingSecrets(kept, now)
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${content}`).digest('base64')}`;
    })
    .join(' ');
}

function signingSecrets(kept: string, now: Date): string[] {
  const [current = '', before = ''] = kept.split(' ');
  const [secret = '', until = ''] = before.split('@');
  return Number(until) > now.getTime() ? [current, secret] : [current];
}
