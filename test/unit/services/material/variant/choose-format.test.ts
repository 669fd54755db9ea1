import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { chooseFormat } from '../../../../../src/services/material/variant/choose-format.ts';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';

test.each([
  ['auto', CHROME, 'image/jpeg', 'webp'],
  ['auto', CHROME, 'image/gif', 'webp'],
  ['auto', CHROME, 'image/heic', 'webp'],
  ['auto', 'IMAGE/WEBP;q=0.1', 'image/png', 'webp'],
  ['auto', 'image/webp;q=0', 'image/jpeg', 'jpeg'],
  ['auto', 'image/webp; q=0.000', 'image/jpeg', 'jpeg'],
  ['auto', '*/*', 'image/jpeg', 'jpeg'],
  ['auto', 'image/*', 'image/png', 'png'],
  ['auto', null, 'image/gif', 'gif'],
  ['auto', '*/*', 'image/heic', 'plain'],
  ['auto', '*/*', 'image/webp', 'plain'],
  ['auto', '*/*', 'image/avif', 'plain'],
  ['own', CHROME, 'image/jpeg', 'jpeg'],
  ['own', null, 'image/webp', 'webp'],
  ['own', null, 'image/avif', 'webp'],
  ['own', CHROME, 'image/tiff', 'plain'],
  ['own', CHROME, 'video/mp4', 'plain'],
  ['avif', null, 'image/jpeg', 'avif'],
] as const)('%s with Accept %p for %s is sent as %s', (wanted, accept, mimeType, format) => {
  expect(chooseFormat(wanted, accept, { mimeType })).toBe(format);
});

test('any Accept header gives a format', () => {
  fc.assert(
    fc.property(fc.string(), (accept) => {
      expect(['webp', 'jpeg']).toContain(chooseFormat('auto', accept, { mimeType: 'image/jpeg' }));
    }),
  );
});
