import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { checkQuery, signQuery } from '../../../src/lib/signed-query.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const LATER = new Date('2026-11-22T13:00:00Z');
const path = fc.webPath().filter((text) => !/[?#]/.test(text));
const parameters = fc.dictionary(
  fc.string({ minLength: 1 }).filter((name) => name !== 'expires' && name !== 'signature'),
  fc.string({ unit: 'grapheme' }),
);
const secret = fc.string({ minLength: 1 });

describe('a signed query', () => {
  test('is valid until it expires, and expired then', () => {
    fc.assert(
      fc.property(secret, path, parameters, (key, at, query) => {
        const signed = signQuery([key], at, query, LATER);
        expect(checkQuery([key], at, new URLSearchParams(String(signed)), NOW)).toBe('valid');
        expect(checkQuery([key], at, signed, LATER)).toBe('expired');
      }),
    );
  });

  test('is forged once any of its parts is another', () => {
    fc.assert(
      fc.property(secret, path, parameters, fc.string(), fc.nat(), (key, at, query, other, which) => {
        const signed = signQuery([key], at, query, LATER);
        const names = [...new Set(signed.keys())];
        const name = names[which % names.length] ?? '';
        const changed = new URLSearchParams(signed);
        changed.set(name, `${signed.get(name)}${other}x`);
        expect(checkQuery([key], at, changed, NOW)).toBe('forged');
        const added = new URLSearchParams(signed);
        added.append(other, 'x');
        expect(checkQuery([key], at, added, NOW)).not.toBe('valid');
        const twice = new URLSearchParams(signed);
        twice.append(name, signed.get(name) ?? '');
        expect(checkQuery([key], at, twice, NOW)).toBe('forged');
        expect(checkQuery([key], `${at}x`, signed, NOW)).toBe('forged');
      }),
    );
  });

  test('without one of its parameters is forged, and without its signature unsigned', () => {
    const at = '/a';
    const query = signQuery(['key'], at, { w: '100', download: '1' }, LATER);
    for (const name of [...query.keys()]) {
      const less = new URLSearchParams(query);
      less.delete(name);
      expect(checkQuery(['key'], at, less, NOW)).toBe(name === 'signature' ? 'unsigned' : 'forged');
    }
  });

  test('may have its parameters in any order', () => {
    const at = '/a';
    const query = signQuery(['key'], at, { w: '100', a: '1', z: '2' }, LATER);
    expect(checkQuery(['key'], at, new URLSearchParams([...query].reverse()), NOW)).toBe('valid');
  });

  test('stays valid while its secret is among those that verify', () => {
    const signed = signQuery(['old'], '/a', {}, LATER);
    expect(checkQuery(['new', 'old'], '/a', signed, NOW)).toBe('valid');
    expect(checkQuery(['new'], '/a', signed, NOW)).toBe('forged');
    expect(checkQuery([], '/a', signed, NOW)).toBe('forged');
    expect(String(signQuery(['new', 'old'], '/a', {}, LATER))).not.toBe(String(signed));
  });

  test.each(['', '=', '!!', 'é', 'AAAA'.repeat(1000)])('with the signature %p is forged', (signature) => {
    const at = '/a';
    const query = signQuery(['key'], at, {}, LATER);
    query.set('signature', signature);
    expect(checkQuery(['key'], at, query, NOW)).toBe('forged');
  });
});
