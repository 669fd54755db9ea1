import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AddressSet, parseAddress, whyNotPublic } from '../../../../src/adapters/remote/public-address.ts';
import {
  GLOBAL_UNICAST_IPV6,
  SPECIAL_IPV4,
  SPECIAL_IPV6,
} from '../../../../src/adapters/remote/special-ranges.ts';
import { missing } from '../../../support/services.ts';

/** Where versions of Python know less than the registry of today, or believe that it can be reached. */
const STRICTER = new AddressSet(
  ['192.0.0.0/24', '192.88.99.0/24', '2001::/23', '2002::/16', '3fff::/20'].map((cidr) => ({
    cidr,
    name: cidr,
  })),
);
const GLOBAL_UNICAST = new AddressSet([{ cidr: GLOBAL_UNICAST_IPV6, name: 'global unicast' }]);

const ranges = [...SPECIAL_IPV4, ...SPECIAL_IPV6];

/** First and last address of each range, and their neighbours outside of it. */
const boundaries = ranges.flatMap(({ cidr }) => {
  const [text = '', prefix] = cidr.split('/');
  const width = text.includes(':') ? 128n : 32n;
  const first = numberOf(text);
  const last = first + (1n << (width - BigInt(prefix ?? 0))) - 1n;
  return [first - 1n, first, last, last + 1n]
    .filter((number) => number >= 0n && number < 1n << width)
    .map((number) => textOf(number, width));
});

function isPublic(text: string): boolean {
  const address = parseAddress(text);
  if (!address) throw new Error(`${text} is no address`);
  return whyNotPublic(address) === undefined;
}

describe('a public address', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '192.31.196.1',
    '2606:4700::1',
    '2620:4f:8000::1',
    '2a00::1',
  ])('is one of a server: %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.31.0.1'],
    ...[
      '192.0.0.1',
      '192.0.2.1',
      '192.88.99.1',
      '192.168.0.1',
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
    ],
    ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '::ffff:127.0.0.1',
      '::127.0.0.1',
      '::ffff:0:7f00:1',
      '64:ff9b::8.8.8.8',
    ],
    ...[
      '64:ff9b:1::1',
      '100::1',
      '100:0:0:1::1',
      '2001::1',
      '2001:2::1',
      '2001:10::1',
      '2001:20::1',
      '2001:db8::1',
    ],
    ...[
      '2002:7f00:1::',
      '2002:808:808::1',
      '3fff::1',
      '5f00::1',
      'fc00::1',
      'fdff::1',
      'fe80::1',
      'fe80::1%eth0',
    ],
    ...['fec0::1', 'ff02::1', '4000::1', '1000::1', 'e000::1'],
  ])('is none that is special: %s', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test('is read only as the system writes it', () => {
    for (const text of [
      '',
      '127.1',
      '0177.0.0.1',
      '0x7f.0.0.1',
      '2130706433',
      '127.0.0.1.',
      '127.0.0.1%eth0',
      'a.b',
    ]) {
      expect(parseAddress(text)).toBeUndefined();
    }
  });

  const python = Bun.which('python3');
  test.skipIf(missing('python3', python))('is one for the library of Python too', async () => {
    const random = fc.sample(
      fc.oneof(
        fc.bigInt(0n, (1n << 32n) - 1n).map((number) => textOf(number, 32n)),
        fc.bigInt(0n, (1n << 128n) - 1n).map((number) => textOf(number, 128n)),
        // Most of IPv6 is not assigned: look where addresses are.
        fc.bigInt(0x2000n << 112n, (0x2003n << 112n) - 1n).map((number) => textOf(number, 128n)),
      ),
      5000,
    );
    const addresses = [...boundaries, ...random];
    const script = `
import ipaddress, sys
for line in sys.stdin:
    a = ipaddress.ip_address(line.strip())
    print(int(a.is_global and not (a.is_multicast or a.is_reserved or getattr(a, 'is_site_local', False))))`;
    const child = Bun.spawn([python ?? '', '-c', script], { stdin: Buffer.from(addresses.join('\n')) });
    const verdicts = (await new Response(child.stdout).text()).trim().split('\n');
    expect(verdicts.length).toBe(addresses.length);
    const differing = addresses.filter((address, index) => isPublic(address) !== (verdicts[index] === '1'));
    // What only we refuse is on a list; what only Python refuses would be a hole.
    expect(differing.filter((address) => isPublic(address))).toEqual([]);
    expect(differing.filter((address) => !isStricter(address))).toEqual([]);
  });
});

describe('an address that is not public', () => {
  const special = fc
    .constantFrom(...SPECIAL_IPV4)
    .chain(({ cidr }) => {
      const [text = '', prefix] = cidr.split('/');
      const first = numberOf(text);
      return fc.bigInt(first, first + (1n << (32n - BigInt(prefix ?? 0))) - 1n);
    })
    .map(Number);

  test('is seen through every form that a URL may give it', () => {
    fc.assert(
      fc.property(
        special,
        fc.infiniteStream(fc.nat(2)),
        fc.nat(3),
        fc.nat(6),
        (number, radixes, cut, disguise) => {
          const host = disguised(shortened(number, cut, radixes), disguise);
          const url = new URL(`http://${host}/`);
          expect(isPublic(url.hostname)).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('is seen in every IPv6 address that carries it', () => {
    fc.assert(
      fc.property(
        special,
        fc.constantFrom('::ffff:', '::', '64:ff9b::', '2002:', '::ffff:0:', '64:ff9b:1::'),
        fc.boolean(),
        (number, prefix, upper) => {
          const tail = `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
          const text = prefix === '2002:' ? `${prefix}${tail}::1` : `${prefix}${tail}`;
          const host = new URL(`http://[${upper ? text.toUpperCase() : text}]/`).hostname;
          expect(isPublic(host.slice(1, -1))).toBe(false);
        },
      ),
    );
  });
});

/** `a.b.c.d`, `a.b.c`, `a.b` or `a`, each part decimal, octal or hexadecimal. */
function shortened(number: number, cut: number, radixes: Iterator<number>): string {
  const bytes = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
  const last = bytes.slice(3 - cut).reduce((sum, byte) => sum * 256 + byte, 0);
  return [...bytes.slice(0, 3 - cut), last]
    .map((part) => {
      const radix = radixes.next().value;
      return radix === 0 ? `${part}` : radix === 1 ? `0${part.toString(8)}` : `0x${part.toString(16)}`;
    })
    .join('.');
}

function disguised(host: string, disguise: number): string {
  const digits = (map: (digit: string) => string) => host.replaceAll(/\d/g, map);
  switch (disguise) {
    case 1:
      return `${host}.`;
    case 2:
      return host.toUpperCase();
    case 3:
      return digits((digit) => `%3${digit}`);
    case 4:
      return digits((digit) => String.fromCodePoint(0xff10 + Number(digit)));
    case 5:
      return host.replaceAll('.', '。');
    case 6:
      return digits((digit) => (digit === '0' ? '⓪' : String.fromCodePoint(0x2460 + Number(digit) - 1)));
    default:
      return host;
  }
}

function isStricter(text: string): boolean {
  const address = parseAddress(text);
  if (!address) return false;
  const isAssigned = address.kind() === 'ipv4' || GLOBAL_UNICAST.find(address) !== undefined;
  return !isAssigned || STRICTER.find(address) !== undefined;
}

function numberOf(text: string): bigint {
  const address = parseAddress(text);
  return (address?.toByteArray() ?? []).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function textOf(number: bigint, width: bigint): string {
  const parts = (size: bigint) =>
    Array.from({ length: Number(width / size) }, (_, index) =>
      Number((number >> (width - size * BigInt(index + 1))) & ((1n << size) - 1n)),
    );
  if (width === 32n) return parts(8n).join('.');
  return parts(16n)
    .map((part) => part.toString(16))
    .join(':');
}
