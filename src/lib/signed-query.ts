import { createHmac, timingSafeEqual } from 'node:crypto';

const VERSION = 'stockroom-link-1';
const EXPIRES = 'expires';
const SIGNATURE = 'signature';

/** What the signature of a query says. */
export type LinkState = 'unsigned' | 'valid' | 'expired' | 'forged';

/**
 * Signs what a link is about together with its parameters (HMAC-SHA-256, whatever their order): nothing of it can be
 * changed, added or left out, and it ends.
 * @param secrets the first one signs.
 * @param subject what the link is about, such as a path.
 * @param expiresAt whole seconds count.
 * @returns the parameters with `expires` (seconds since 1970) and `signature`.
 */
export function signQuery(
  secrets: readonly string[],
  subject: string,
  parameters: Readonly<Record<string, string>>,
  expiresAt: Date,
): URLSearchParams {
  const [secret] = secrets;
  if (secret === undefined) throw new Error('no secret signs links');
  const query = new URLSearchParams(parameters);
  query.set(EXPIRES, String(Math.floor(expiresAt.getTime() / 1000)));
  query.set(SIGNATURE, macOf(secret, subject, query));
  return query;
}

/**
 * Checks the signature of a query.
 * @param secrets any of them may have signed it, so that a secret can be replaced without breaking links.
 */
export function checkQuery(
  secrets: readonly string[],
  subject: string,
  query: URLSearchParams,
  now: Date = new Date(),
): LinkState {
  const given = query.getAll(SIGNATURE);
  const expires = query.getAll(EXPIRES);
  if (given.length === 0) return 'unsigned';
  if (given.length !== 1 || expires.length !== 1 || !/^\d{1,12}$/.test(expires[0] ?? '')) return 'forged';
  // As text: decoders pass over characters that are none of the alphabet.
  const signature = Buffer.from(given[0] ?? '');
  const isOurs = secrets.some((secret) => {
    const mac = Buffer.from(macOf(secret, subject, query));
    return signature.length === mac.length && timingSafeEqual(signature, mac);
  });
  if (!isOurs) return 'forged';
  return Number(expires[0]) * 1000 > now.getTime() ? 'valid' : 'expired';
}

function macOf(secret: string, subject: string, query: URLSearchParams): string {
  const covered = [...query].filter(([name]) => name !== SIGNATURE).sort(byNameAndValue);
  // JSON tells names, values and their number apart, whatever characters they hold.
  return createHmac('sha256', secret)
    .update(JSON.stringify([VERSION, subject, covered]))
    .digest('base64url');
}

function byNameAndValue([nameA, valueA]: [string, string], [nameB, valueB]: [string, string]): number {
  if (nameA !== nameB) return nameA < nameB ? -1 : 1;
  return valueA < valueB ? -1 : valueA > valueB ? 1 : 0;
}
