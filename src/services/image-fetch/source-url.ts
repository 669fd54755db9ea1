/** Longer addresses are refused. */
const MAX_URL_LENGTH = 8000;

/**
 * The address as it is kept and shown: without credentials and fragment.
 * @returns undefined for what is no address.
 */
export function keptUrl(text: string): string | undefined {
  const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  if (!url) return undefined;
  url.username = '';
  url.password = '';
  url.hash = '';
  return url.href;
}
