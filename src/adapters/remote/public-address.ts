import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { GLOBAL_UNICAST_IPV6, SPECIAL_IPV4, SPECIAL_IPV6 } from './special-ranges.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses by their leading bits, of one family or of both. */
export class AddressSet {
  readonly #ranges: readonly { readonly range: [Address, number]; readonly name: string }[];

  /** @throws Error for what is no CIDR. */
  constructor(cidrs: readonly { readonly cidr: string; readonly name: string }[]) {
    this.#ranges = cidrs.map(({ cidr, name }) => ({ range: ipaddr.parseCIDR(cidr), name }));
  }

  /** @returns the name of the first range that holds it. */
  find(address: Address): string | undefined {
    // IPv4 in IPv6 is IPv6 here: a range of one family holds no address of the other.
    return this.#ranges.find(({ range }) => range[0].kind() === address.kind() && address.match(range))?.name;
  }
}

const special = new AddressSet(
  [...SPECIAL_IPV4, ...SPECIAL_IPV6].map(({ cidr, name, source }) => ({
    cidr,
    name: `${name}, ${source}`,
  })),
);
const globalUnicast = new AddressSet([{ cidr: GLOBAL_UNICAST_IPV6, name: 'global unicast' }]);

/**
 * Reads an address as the system writes it: four decimal parts, or IPv6, with a zone or without one.
 * @returns undefined for any other text, also for the short, octal and hexadecimal forms of old resolvers.
 */
export function parseAddress(text: string): Address | undefined {
  const [bare = ''] = text.split('%', 1);
  if (isIP(bare) === 0 || (bare !== text && isIP(bare) !== 6)) return undefined;
  return ipaddr.parse(bare);
}

/** @returns why a server of the public Internet cannot have the address; undefined when it can. */
export function whyNotPublic(address: Address): string | undefined {
  const name = special.find(address);
  if (name !== undefined) return name;
  if (address.kind() === 'ipv6' && !globalUnicast.find(address)) return 'outside of global unicast, RFC 4291';
  return undefined;
}
