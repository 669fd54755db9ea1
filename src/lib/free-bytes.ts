/** Smaller ones may lie in the heap of the collector, or in a pool with others. */
const LEAST_BYTES = 4096;

/**
 * Frees the memory of bytes at once; they are empty then. The chunks that a socket hands out lie outside of the
 * JavaScript heap, so the collector does not see how much of them is garbage, and making it look costs 20 ms each time.
 * Does nothing to a part of a larger buffer. Nothing may read them any more, native code neither.
 */
export function freeBytes(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < LEAST_BYTES || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
