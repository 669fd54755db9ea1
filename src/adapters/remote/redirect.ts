import { checkUrl } from './check-url.ts';
import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';
import { withoutBody, withoutSecrets } from './request-headers.ts';

/** One request of a fetch. */
export interface Hop {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export function isRedirect(status: number, location: string | null): location is string {
  return REDIRECTS.has(status) && location !== null;
}

/**
 * The request that a redirect asks for (RFC 9110 section 15.4).
 * @throws RemoteError `refused` where it leads to what may not be fetched, or from https to http;
 * `protocol` where a body would have to be sent twice that is gone.
 */
export function follow(
  { url, method, headers, body }: Hop,
  status: number,
  location: string,
  policy: Pick<RemotePolicy, 'allowHosts'>,
): Hop {
  const next = checkUrl(location, policy, url);
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    throw new RemoteError('refused', `${url.host} redirects to http`);
  }
  const carried = next.origin === url.origin ? headers : withoutSecrets(headers);
  if (method === 'GET' || status < 307)
    return { url: next, method: 'GET', headers: withoutBody(carried), body: undefined };
  if (body !== undefined && !(body instanceof Uint8Array)) {
    throw new RemoteError('protocol', `${url.host} redirects a body that was sent`);
  }
  return { url: next, method, headers: carried, body };
}
