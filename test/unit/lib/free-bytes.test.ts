import { describe, expect, test } from 'bun:test';
import { freeBytes } from '../../../src/lib/free-bytes.ts';

describe('freeing bytes', () => {
  test('empties what has its memory to itself', () => {
    const bytes = new Uint8Array(100_000);
    freeBytes(bytes);
    expect(bytes.byteLength).toBe(0);
    expect(() => freeBytes(bytes)).not.toThrow();
  });

  test('leaves a part of a larger buffer, and what may lie in the heap or in a pool', () => {
    const larger = new Uint8Array(100_000).fill(7);
    const part = larger.subarray(0, 99_999);
    const few = new Uint8Array(100).fill(7);
    for (const bytes of [part, few, Buffer.from('pooled')]) {
      const before = bytes.byteLength;
      freeBytes(bytes);
      expect(bytes.byteLength).toBe(before);
    }
    expect(larger.every((byte) => byte === 7)).toBeTrue();
  });
});
