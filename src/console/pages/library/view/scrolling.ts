/** Pixels in a second, from which on nobody sees what passes. */
const FAST = 3000;
const STILL_AFTER_MS = 120;

let [place, movedAt, speed] = [0, 0, 0];

addEventListener(
  'scroll',
  ({ timeStamp }) => {
    const here = window.scrollY;
    const seconds = Math.max(timeStamp - movedAt, 1) / 1000;
    // A first step after a rest has no speed yet.
    speed = seconds < STILL_AFTER_MS / 1000 ? Math.abs(here - place) / seconds : 0;
    [place, movedAt] = [here, timeStamp];
  },
  { passive: true },
);

/** Whether the page scrolls so fast that pictures need not be there. */
export function isFlyingBy(): boolean {
  return speed > FAST && performance.now() - movedAt < STILL_AFTER_MS;
}

/** Calls back when what is in sight may be looked at. @returns what forgets it. */
export function whenStill(callback: () => void): () => void {
  const timer = setInterval(() => {
    if (isFlyingBy()) return;
    clearInterval(timer);
    callback();
  }, STILL_AFTER_MS);
  return () => clearInterval(timer);
}
