/**
 * How much of each file has left when so many bytes of their request have. What is not theirs (the operation and the
 * heads of the parts) counts as being at the beginning of the body.
 * @param total bytes of the body.
 */
export function spreadProgress(sizes: readonly number[], sent: number, total: number): number[] {
  const ofFiles = sizes.reduce((sum, size) => sum + size, 0);
  let left = Math.max(0, sent - Math.max(0, total - ofFiles));
  return sizes.map((size) => {
    const part = Math.min(size, left);
    left -= part;
    return part;
  });
}

const WINDOW_MS = 6000;
/** Below it a speed would be that of one packet. */
const MIN_SPAN_MS = 500;

/** Bytes per second over the last seconds. */
export class SpeedMeter {
  #samples: { readonly at: number; bytes: number }[] = [];
  readonly #now: () => number;
  #since: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(bytes: number): void {
    if (bytes <= 0) return;
    const at = this.#now();
    this.#since ??= at;
    const last = this.#samples.at(-1);
    // Few samples, whatever the number of events.
    if (last && at - last.at < 100) last.bytes += bytes;
    else this.#samples.push({ at, bytes });
    this.#forget(at);
  }

  get bytesPerSecond(): number {
    const now = this.#now();
    this.#forget(now);
    if (this.#since === undefined) return 0;
    const span = Math.min(WINDOW_MS, Math.max(now - this.#since, MIN_SPAN_MS));
    return this.#samples.reduce((sum, { bytes }) => sum + bytes, 0) / (span / 1000);
  }

  reset(): void {
    this.#samples = [];
    this.#since = undefined;
  }

  #forget(now: number): void {
    while (this.#samples[0] && now - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
  }
}
