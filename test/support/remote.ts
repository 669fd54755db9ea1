import {
  RemoteClient,
  RemoteError,
  type RemotePolicy,
  type RemoteRequest,
} from '../../src/adapters/remote/remote-client.ts';
import { ALLOWED_CIDR } from './hostile-server.ts';

export interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly finalUrl: string;
  readonly text: string;
}

/** A client that may reach the allowed part of the loopback; `await using` closes it. */
export function remoteClient(policy: Partial<RemotePolicy> = {}) {
  const client = new RemoteClient({
    maxBytes: 1_000_000,
    timeoutMs: 20_000,
    allowCidrs: [ALLOWED_CIDR],
    allowPorts: [],
    ...policy,
  });
  const fetchWhole = async (request: RemoteRequest): Promise<Fetched> => {
    const { status, headers, finalUrl, body } = await client.fetch(request);
    return { status, headers, finalUrl, text: Buffer.concat(await Array.fromAsync(body)).toString() };
  };
  return {
    client,
    fetchWhole,
    /** Why it fails; what it fetches where it does not. */
    async reasonOf(request: RemoteRequest): Promise<string> {
      try {
        const { status, text } = await fetchWhole(request);
        return `${status} ${text.slice(0, 100)}`;
      } catch (error) {
        return error instanceof RemoteError ? error.reason : String(error);
      }
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
