const STILL_AFTER_MS = 120;

let movedAt = 0;

addEventListener(
  'scroll',
  () => {
    movedAt = performance.now();
  },
  { passive: true },
);

/** How long until what comes into sight now probably stays there, ms; 0: it does. */
export function untilStill(): number {
  return movedAt > 0 && performance.now() - movedAt < STILL_AFTER_MS ? STILL_AFTER_MS : 0;
}
