/** Smaller ones may lie in the heap of the collector, or in a pool with others. */
const LEAST_BYTES = 4096;

/** Buffers of which only a part is of use, and which nobody but the owner of that part knows. */
const owned = new WeakSet<ArrayBufferLike>();

/**
 * Frees the memory of bytes at once; they are empty then. The chunks that a socket hands out lie outside of the
 * JavaScript heap, so the collector does not see how much of them is garbage, and making it look costs 20 ms each time.
 * Does nothing to a part of a larger buffer, unless `ownBytes` has made it. Nothing may read them any more, native code
 * neither.
 */
export function freeBytes(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  const isWhole = byteLength === buffer.byteLength || owned.has(buffer);
  if (buffer.byteLength < LEAST_BYTES || !isWhole) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/**
 * The part of a chunk that is of use, `from` and `to` in bytes; the rest of the chunk goes along with it when it is
 * freed. The chunk itself may not be used any more.
 */
export function ownBytes(chunk: Uint8Array, from: number, to: number): Uint8Array {
  const part = chunk.subarray(from, to);
  if (chunk.byteLength !== chunk.buffer.byteLength) return part;
  // Little of it shall not keep all of it.
  if (part.byteLength * 2 < chunk.byteLength) {
    const copy = new Uint8Array(part);
    freeBytes(chunk);
    return copy;
  }
  if (part.byteLength < chunk.byteLength) owned.add(part.buffer);
  return part;
}
