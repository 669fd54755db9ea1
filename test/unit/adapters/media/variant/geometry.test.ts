import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { planGeometry } from '../../../../../src/adapters/media/variant/geometry.ts';
import { fits } from '../../../../../src/adapters/media/variant/recipe.ts';

const photo = { width: 1200, height: 900 };

test.each([
  ['cover', 400, 400, 400, 400],
  ['cover', 2400, 1200, 1200, 600],
  ['cover', 100, 2000, 45, 900],
  ['contain', 400, 400, 400, 400],
  ['contain', 2000, 2000, 2000, 2000],
  ['fill', 400, 400, 400, 400],
  ['fill', 2400, 2400, 900, 900],
  ['inside', 400, 400, 400, 300],
  ['inside', 4000, 4000, 1200, 900],
  ['outside', 400, 400, 533, 400],
  ['outside', 4000, 100, 1200, 900],
] as const)('%s in %i × %i gives %i × %i of 1200 × 900', (fit, width, height, toWidth, toHeight) => {
  const { output } = planGeometry(photo, { width, height, fit, focus: 'centre' });
  expect(output).toEqual({ width: toWidth, height: toHeight });
});

test.each([
  [{ x: 0, y: 0.5 }, 0],
  [{ x: 1, y: 0.5 }, 133],
  [{ x: 0.5, y: 0.5 }, 67],
  ['centre', 67],
] as const)('a cut about %p begins at %i px', (focus, left) => {
  expect(planGeometry(photo, { width: 400, height: 400, fit: 'cover', focus }).crop).toEqual({
    left,
    top: 0,
    width: 400,
    height: 400,
  });
});

test('nothing is enlarged, nothing is cut beyond its edges, and no result is larger than the cap', () => {
  const side = fc.integer({ min: 1, max: 30_000 });
  const box = fc.record({
    width: fc.option(fc.integer({ min: 1, max: 4000 })),
    height: fc.option(fc.integer({ min: 1, max: 4000 })),
    fit: fc.constantFrom(...fits),
    focus: fc.record({
      x: fc.double({ min: 0, max: 1, noNaN: true }),
      y: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  });
  fc.assert(
    fc.property(fc.record({ width: side, height: side }), box, (source, wanted) => {
      const { scaled, crop, canvas, output } = planGeometry(source, wanted);
      expect(scaled.width).toBeLessThanOrEqual(source.width);
      expect(scaled.height).toBeLessThanOrEqual(source.height);
      expect(Math.min(scaled.width, scaled.height, output.width, output.height)).toBeGreaterThanOrEqual(1);
      expect(output.width * output.height).toBeLessThanOrEqual(16_000_000);
      expect(Math.max(output.width, output.height)).toBeLessThanOrEqual(16_000);
      if (crop) {
        expect(Math.min(crop.left, crop.top)).toBeGreaterThanOrEqual(0);
        expect(crop.left + crop.width).toBeLessThanOrEqual(scaled.width);
        expect(crop.top + crop.height).toBeLessThanOrEqual(scaled.height);
      }
      if (canvas) {
        expect(scaled.width).toBeLessThanOrEqual(canvas.width);
        expect(scaled.height).toBeLessThanOrEqual(canvas.height);
      }
    }),
    { numRuns: 5000 },
  );
});
