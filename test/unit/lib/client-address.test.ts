import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { addressGroup, clientAddress } from '../../../src/lib/client-address.ts';

const TRUSTED = ['10.0.0.0/8', 'fd00::/8', '127.0.0.1/32'];

const publicIpv4 = fc
  .tuple(fc.constantFrom(1, 8, 93, 172, 203), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'));
const publicIpv6 = fc.nat(0xfffe).map((n) => `2001:db8::${(n + 1).toString(16)}`);
const client = fc.oneof(publicIpv4, publicIpv6);
const proxy = fc.oneof(
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => `10.${parts.join('.')}`),
  fc.nat(0xfffe).map((n) => `fd00::${(n + 1).toString(16)}`),
);
/** What anybody may have written before the first trusted proxy. */
const spoofed = fc.array(fc.oneof(client, proxy, fc.string(), fc.constant('127.0.0.1')), { maxLength: 30 });
/** As proxies write it: with spaces, ports, brackets, or as IPv4 in IPv6. */
const written = (address: string) =>
  address.includes(':')
    ? fc.constantFrom(address, ` ${address} `, `[${address}]`, `[${address}]:443`, address.toUpperCase())
    : fc.constantFrom(
        address,
        ` ${address}`,
        `${address}:61000`,
        `::ffff:${address}`,
        `[::ffff:${address}]:80`,
      );

describe('the address of a client', () => {
  test('is that of the connection, whatever the header says, where the peer is no trusted proxy', () => {
    fc.assert(
      fc.property(client, spoofed, (peer, chain) => {
        expect(clientAddress(peer, chain.join(','), TRUSTED)).toBe(peer);
        expect(clientAddress(peer, chain.join(','), [])).toBe(peer);
      }),
    );
  });

  test('is what the outermost trusted proxy saw, whatever was sent before', () => {
    const chain = fc
      .tuple(spoofed, client, fc.array(proxy, { maxLength: 15 }), proxy)
      .chain(([before, real, hops, peer]) =>
        fc.tuple(...[real, ...hops].map(written)).map((shown) => ({ before, real, shown, peer })),
      );
    fc.assert(
      fc.property(chain, ({ before, real, shown, peer }) => {
        expect(clientAddress(peer, [...before, ...shown].join(','), TRUSTED)).toBe(real);
      }),
    );
  });

  test('is that of the last proxy where what came before is no address', () => {
    const garbage = fc.oneof(
      fc.constantFrom(
        '',
        'unknown',
        '_hidden',
        '1.2.3',
        '1',
        '0x7f.1',
        '1.2.3.4.5',
        '999.1.1.1',
        '1.2.3.4:x',
        '[::1',
        'a'.repeat(9999),
      ),
      fc.string().filter((text) => !/[\d,:]/.test(text)),
    );
    fc.assert(
      fc.property(garbage, proxy, proxy, (odd, hop, peer) => {
        expect(clientAddress(peer, `203.0.113.7, ${odd}, ${hop}`, TRUSTED)).toBe(hop);
      }),
    );
  });

  test('never throws, and takes no time for long lists', () => {
    fc.assert(
      fc.property(
        fc.option(fc.string(), { nil: undefined }),
        fc.string({ maxLength: 2000 }),
        (peer, header) => {
          expect(clientAddress(peer, header, TRUSTED)).toBeString();
          expect(addressGroup(header)).toBeString();
        },
      ),
    );
    const started = performance.now();
    clientAddress('10.0.0.1', '10.0.0.1,'.repeat(100_000), TRUSTED);
    expect(performance.now() - started).toBeLessThan(200);
  });

  test('is unknown for a socket without one', () => {
    expect(clientAddress(undefined, '203.0.113.7', TRUSTED)).toBe('unknown');
  });
});

describe('what limits count by', () => {
  test('is the address itself of IPv4, and of IPv6 the network of its /64', () => {
    expect(addressGroup('203.0.113.7')).toBe('203.0.113.7');
    expect(addressGroup('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressGroup('unknown')).toBe('unknown');
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), (a, b) => {
        const group = addressGroup(`2001:db8::${a.toString(16)}:1`);
        expect(addressGroup(`2001:db8::${b.toString(16)}:2`)).toBe(group);
      }),
    );
    expect(addressGroup('2001:db8:0:1::1')).not.toBe(addressGroup('2001:db8:0:2::1'));
  });
});
