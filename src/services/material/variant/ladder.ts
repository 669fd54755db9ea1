/** px; a side is one of these unless the URL is signed. */
const SIDES = [
  16, 32, 48, 64, 96, 128, 160, 240, 320, 400, 480, 640, 800, 960, 1200, 1600, 2000, 2400, 3200, 4000,
] as const;
export const MAX_SIDE = 4000;
export const BLURS = [1, 2, 3, 5, 8, 12, 20, 30, 50] as const;
export const DENSITIES = [1, 1.5, 2, 3, 4] as const;

const COMMON_RATIOS = [1, 5 / 4, 4 / 3, 3 / 2, 16 / 10, 5 / 3, 16 / 9, 2, 21 / 9, 5 / 2, 3, 4, 5, 6, 8];
/** Ratios between the common ones, so that none is missed by more than 2 %. */
const RATIO_STEP = 1.04;
const MAX_RATIO = 8;
const RATIOS = [...COMMON_RATIOS, ...between(1, MAX_RATIO, RATIO_STEP)];

/** The first step that is not below the value, else the last. */
export function snapUp(value: number, steps: readonly number[]): number {
  return steps.find((step) => step >= value) ?? steps.at(-1) ?? value;
}

export function snapSide(side: number): number {
  return snapUp(side, SIDES);
}

/**
 * A box whose longer side is of the ladder; the shorter follows, to the nearest of a bounded number of lengths, so that
 * the shape differs by at most 2 % from what was asked for (more only where one side is over 8 times the other).
 */
export function snapBox(width: number, height: number): { width: number; height: number } {
  const [long, short] = width >= height ? [width, height] : [height, width];
  const side = snapSide(long);
  const wanted = (side * short) / long;
  const length = shortSides(side).reduce((best, candidate) =>
    Math.abs(candidate - wanted) < Math.abs(best - wanted) ? candidate : best,
  );
  return width >= height ? { width: side, height: length } : { width: length, height: side };
}

/** Lengths that the shorter side of a box may have. */
function shortSides(side: number): number[] {
  const byRatio = RATIOS.map((ratio) => Math.round(side / ratio));
  return [...SIDES.filter((other) => other <= side), ...byRatio].filter((length) => length >= 1);
}

function between(first: number, last: number, step: number): number[] {
  const values: number[] = [];
  for (let value = first; value <= last; value *= step) values.push(value);
  return values;
}
