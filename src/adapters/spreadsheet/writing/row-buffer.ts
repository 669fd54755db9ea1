const START_BYTES = 192 * 1024;
const MOST_SPARE = 4;

/** Bytes that are written one after the other by code that checks for room itself. */
export class RowBuffer {
  bytes: Uint8Array = new Uint8Array(START_BYTES);
  length = 0;
  readonly #spare: Uint8Array[] = [];

  /** Makes room for so many more bytes. */
  grow(room: number): Uint8Array {
    const larger = new Uint8Array(Math.max(this.bytes.byteLength * 2, this.length + room));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    return larger;
  }

  /** What was written, for the caller to keep until it gives it back; writing goes on in other memory. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = this.#spare.pop() ?? new Uint8Array(this.bytes.byteLength);
    this.length = 0;
    return taken;
  }

  /** The bytes of a `take` may be written over from now on: new memory for each would leave the collector behind. */
  giveBack(taken: Uint8Array): void {
    if (taken.buffer.byteLength >= this.bytes.byteLength && this.#spare.length < MOST_SPARE) {
      this.#spare.push(new Uint8Array(taken.buffer));
    }
  }
}
