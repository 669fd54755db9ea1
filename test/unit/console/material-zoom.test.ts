import { describe, expect, test } from 'bun:test';
import {
  confined,
  fitInto,
  largestScale,
  WHOLE,
  zoomedAt,
} from '../../../src/console/pages/material/viewer/zoom-geometry.ts';

const BOX = { width: 600, height: 400 };

describe('a picture in its box', () => {
  test('fits as a whole, and a small one keeps its size', () => {
    expect(fitInto({ width: 1200, height: 400 }, BOX)).toEqual({ width: 600, height: 200 });
    expect(fitInto({ width: 400, height: 1600 }, BOX)).toEqual({ width: 100, height: 400 });
    expect(fitInto({ width: 64, height: 48 }, BOX)).toEqual({ width: 64, height: 48 });
  });

  test('can be enlarged until each of its pixels is four of the page, and at least eight times', () => {
    expect(largestScale({ width: 6000, height: 4000 }, { width: 600, height: 400 })).toBe(40);
    expect(largestScale({ width: 64, height: 48 }, { width: 64, height: 48 })).toBe(8);
  });

  test('keeps what is under the pointer there while it is enlarged', () => {
    const point = { x: 120, y: -60 };
    const once = zoomedAt(WHOLE, 2, point, 8);
    expect(once).toEqual({ scale: 2, x: -120, y: 60 });
    // The same place of the picture, before and after.
    const twice = zoomedAt(once, 1.5, point, 8);
    expect((point.x - twice.x) / twice.scale).toBeCloseTo(point.x);
    expect((point.y - twice.y) / twice.scale).toBeCloseTo(point.y);
  });

  test('is never smaller than whole nor larger than the most', () => {
    expect(zoomedAt(WHOLE, 0.1, { x: 0, y: 0 }, 8).scale).toBe(1);
    expect(zoomedAt(WHOLE, 100, { x: 0, y: 0 }, 8).scale).toBe(8);
  });

  test('cannot be moved out of sight', () => {
    const fit = { width: 600, height: 200 };
    expect(confined({ scale: 2, x: 9999, y: -9999 }, fit, BOX)).toEqual({ scale: 2, x: 300, y: 0 });
    expect(confined({ scale: 1, x: 50, y: 50 }, fit, BOX)).toEqual({ scale: 1, x: 0, y: 0 });
  });
});
