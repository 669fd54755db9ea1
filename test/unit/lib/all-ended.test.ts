import { expect, test } from 'bun:test';
import { allEnded } from '../../../src/lib/all-ended.ts';

test('gives the results of all, in their order', async () => {
  const later = Promise.withResolvers<string>();
  const all = allEnded([later.promise, Promise.resolve(2)]);
  later.resolve('one');
  expect(await all).toEqual(['one', 2]);
});

test('fails when the last has ended, with the error of the first in their order', async () => {
  const first = Promise.withResolvers<never>();
  const last = Promise.withResolvers<void>();
  let hasEnded = false;
  const all = allEnded([Promise.resolve(), first.promise, Promise.reject(new Error('sooner')), last.promise]);
  const seen = all.catch((error: Error) => {
    hasEnded = true;
    return error.message;
  });
  first.reject(new Error('first'));
  await Bun.sleep(1);
  expect(hasEnded).toBe(false);
  last.resolve();
  expect(await seen).toBe('first');
});
