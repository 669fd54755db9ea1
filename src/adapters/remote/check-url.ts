import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';

/** Characters. */
const MAX_URL = 8192;

/**
 * Reads a URL by the rules of the web and checks what can be seen without a look-up.
 * @param base of a redirect's `Location`.
 * @throws RemoteError `refused`
 */
export function checkUrl(text: string, policy: Pick<RemotePolicy, 'allowHosts'>, base?: URL): URL {
  if (text.length > MAX_URL) throw new RemoteError('refused', `an address of ${text.length} characters`);
  const url = URL.parse(text, base);
  if (url === null) throw new RemoteError('refused', 'no valid address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RemoteError('refused', `${url.protocol} is neither http nor https`);
  }
  if (url.href.length > MAX_URL)
    throw new RemoteError('refused', `an address of ${url.href.length} characters`);
  if (url.username !== '' || url.password !== '') {
    throw new RemoteError('refused', `an address with credentials at ${url.host}`);
  }
  if (!isAllowedHost(hostOf(url), policy.allowHosts)) {
    throw new RemoteError('refused', `${url.hostname} is none of the hosts that are allowed`);
  }
  url.hash = '';
  return url;
}

/** The name, or the address without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

function isAllowedHost(host: string, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined) return true;
  const name = host.replace(/\.$/, '');
  return allowed.some((one) => (one.startsWith('*.') ? name.endsWith(one.slice(1)) : name === one));
}
