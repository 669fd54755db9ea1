import { networkInterfaces } from 'node:os';
import { Limiter } from '../../lib/limiter.ts';
import { hostOf, portOf } from './check-url.ts';
import { AddressSet, parseAddress, whyNotPublic } from './public-address.ts';
import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';
import { resolveBySystem } from './resolve-name.ts';

/** Look-ups take threads that files need too, and cannot be ended. */
const LOOKUPS_AT_ONCE = 8;
const LOOKUPS_WAITING = 256;
const WEB_PORTS = [80, 443];

/** Finds the addresses that a URL may be fetched from. */
export class AddressBook {
  readonly #policy: RemotePolicy;
  readonly #allowed: AddressSet;
  readonly #ports: ReadonlySet<number>;
  readonly #lookups = new Limiter({ concurrency: LOOKUPS_AT_ONCE, queue: LOOKUPS_WAITING });

  constructor(policy: RemotePolicy) {
    this.#policy = policy;
    this.#allowed = new AddressSet(policy.allowCidrs.map((cidr) => ({ cidr, name: cidr })));
    this.#ports = new Set([...WEB_PORTS, ...policy.allowPorts]);
  }

  /**
   * One bad address spoils all: whoever answers for the name decides which of its addresses comes first.
   * @returns one or more addresses to connect to, as they were checked.
   * @throws RemoteError `refused` where one must not be reached, `unreachable` where the name has none;
   * the signal's reason.
   */
  async find(url: URL, signal: AbortSignal): Promise<string[]> {
    const host = hostOf(url);
    const answers = parseAddress(host) ? [host] : await this.#resolve(host, signal);
    for (const answer of answers) {
      const why = this.#whyRefused(answer, portOf(url));
      if (why !== undefined) throw new RemoteError('refused', `${url.host} is ${answer}: ${why}`);
    }
    return [...new Set(answers)];
  }

  #whyRefused(answer: string, port: number): string | undefined {
    const address = parseAddress(answer);
    if (!address) return 'no address';
    if (this.#allowed.find(address)) return undefined;
    const why = whyNotPublic(address) ?? ownAddresses().find(address);
    if (why !== undefined) return why;
    return this.#ports.has(port) ? undefined : `port ${port} is not allowed`;
  }

  async #resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#lookups.isFull) throw new RemoteError('unreachable', 'too many look-ups of names');
    const resolveName = this.#policy.resolveName ?? resolveBySystem;
    const answers = await endedBy(
      signal,
      this.#lookups.run(() => {
        signal.throwIfAborted();
        return resolveName(name);
      }),
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new RemoteError('unreachable', `no address of ${name}`, { cause: error });
    });
    if (answers.length === 0) throw new RemoteError('unreachable', `no address of ${name}`);
    return answers;
  }
}

/** The addresses that this machine has now. */
function ownAddresses(): AddressSet {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return new AddressSet(
    addresses.map(({ address, family }) => ({
      cidr: `${address.split('%', 1)[0]}/${family === 'IPv4' ? 32 : 128}`,
      name: "this machine's own",
    })),
  );
}

/** @throws the signal's reason as soon as it is aborted; what the promise does later is nobody's business then. */
async function endedBy<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const onAbort = () => ended.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, ended.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
