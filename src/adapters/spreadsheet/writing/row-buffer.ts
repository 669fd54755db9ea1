const START_BYTES = 256 * 1024;

/** Bytes that are written one after the other by code that checks for room itself. */
export class RowBuffer {
  bytes: Uint8Array = new Uint8Array(START_BYTES);
  length = 0;

  /** Makes room for so many more bytes. */
  grow(room: number): Uint8Array {
    const larger = new Uint8Array(Math.max(this.bytes.byteLength * 2, this.length + room));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    return larger;
  }

  /** What was written, for the caller to keep; writing goes on in new memory. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = new Uint8Array(this.bytes.byteLength);
    this.length = 0;
    return taken;
  }
}
