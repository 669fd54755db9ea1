import ipaddr from 'ipaddr.js';

/** Longer lists are cut: the end of the list is what the nearest proxy wrote. */
const MAX_HOPS = 20;

/**
 * The address of the client: the last in `X-Forwarded-For` that is no trusted proxy, where the peer itself is one.
 * Anybody can send the header, so it counts only as far as trusted proxies wrote it.
 * @param peer address of the connection; undefined for a Unix socket.
 * @param trusted CIDRs.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | null | undefined,
  trusted: readonly string[],
): string {
  // The system writes it plainly; only IPv4 in IPv6 has two forms.
  let address = (peer?.includes(':') ? normalize(peer) : peer) ?? 'unknown';
  if (!forwardedFor || trusted.length === 0) return address;
  const hops = forwardedFor.split(',').slice(-MAX_HOPS);
  while (hops.length > 0 && isTrusted(address, trusted)) {
    const hop = normalize(hops.pop());
    if (hop === undefined) break;
    address = hop;
  }
  return address;
}

/** What limits count by: an IPv6 client has a /64 to choose addresses from. */
export function addressGroup(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** Plain text of an address, with or without a port; IPv4 in IPv6 as IPv4. */
function normalize(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  // The library takes `1.2.3` and `0x7f.1` too, as old resolvers do.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare);
  return isAddress ? ipaddr.process(bare).toString() : undefined;
}

function isTrusted(address: string, trusted: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return trusted.some((cidr) => {
    const range = ipaddr.parseCIDR(cidr);
    return range[0].kind() === parsed.kind() && parsed.match(range);
  });
}
