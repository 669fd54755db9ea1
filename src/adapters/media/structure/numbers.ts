/** Reads unsigned integers; the caller has checked that the bytes are there. */

export function u16be(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) * 256 + byte(bytes, at + 1);
}

export function u32be(bytes: Uint8Array, at: number): number {
  return u16be(bytes, at) * 65536 + u16be(bytes, at + 2);
}

/** Exact up to 2^53; beyond it larger than any file, which is all that callers ask. */
export function u64be(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at) * 2 ** 32 + u32be(bytes, at + 4);
}

export function u32le(bytes: Uint8Array, at: number): number {
  return (
    byte(bytes, at) + byte(bytes, at + 1) * 256 + byte(bytes, at + 2) * 65536 + byte(bytes, at + 3) * 16777216
  );
}

/** Four characters as RIFF, PNG and ISO BMFF name their parts; bytes as Latin-1. */
export function fourCharacters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(byte(bytes, at), byte(bytes, at + 1), byte(bytes, at + 2), byte(bytes, at + 3));
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
