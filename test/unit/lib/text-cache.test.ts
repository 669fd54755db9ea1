import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { TextCache } from '../../../src/lib/text-cache.ts';

test('keeps what was used latest, and never more than its length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(30), fc.nat(12), fc.boolean()), { minLength: 50, maxLength: 300 }),
      (steps) => {
        const cache = new TextCache(1000);
        /** Newest last. */
        let model: [string, string][] = [];
        for (const [number, length, isWrite] of steps) {
          const key = `k${number}`;
          const found = model.find(([name]) => name === key);
          if (found) model = [...model.filter((entry) => entry !== found), found];
          else if (isWrite && key.length + length <= 10) {
            model.push([key, 'x'.repeat(length)]);
            while (model.reduce((sum, [name, text]) => sum + name.length + text.length, 0) > 1000)
              model.shift();
          }
          if (isWrite) cache.set(key, 'x'.repeat(length));
          else cache.get(key);
        }
        for (const [key, text] of model) expect(cache.get(key)).toBe(text);
      },
    ),
  );
  const small = new TextCache(400);
  for (let i = 0; i < 200; i++) small.set(String(i), 'a');
  const kept = Array.from({ length: 200 }, (_, i) => i).filter((i) => small.get(String(i)) !== undefined);
  expect(kept).toEqual(Array.from({ length: 100 }, (_, i) => 100 + i));
});

test('does not let one text push out the others', () => {
  const cache = new TextCache(1000);
  cache.set('a', 'b');
  cache.set('long', 'x'.repeat(900));
  expect([cache.get('a'), cache.get('long')]).toEqual(['b', undefined]);
});
