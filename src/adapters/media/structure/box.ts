import { fourCharacters, u32be, u64be } from './numbers.ts';

export interface Box {
  readonly type: string;
  /** Place and bytes of the payload. */
  readonly at: number;
  readonly length: number;
}

/**
 * A box header at `at` (ISO/IEC 14496-12, 4.2.2).
 * @param limit where the box's parent ends
 * @returns null when it is none
 */
export function readBoxHeader(bytes: Uint8Array, at: number, limit: number): Box | null {
  if (bytes.length < 8) return null;
  const type = fourCharacters(bytes, 4);
  // QuickTime's © counts as a letter.
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return null;
  const size = u32be(bytes, 0);
  if (size === 0) return { type, at: at + 8, length: limit - at - 8 };
  if (size !== 1) return size < 8 ? null : { type, at: at + 8, length: size - 8 };
  if (bytes.length < 16) return { type, at: at + 16, length: 0 };
  const large = u64be(bytes, 8);
  return large < 16 ? null : { type, at: at + 16, length: large - 16 };
}
