import { expect, test } from 'bun:test';
import { inflateRawSync } from 'node:zlib';
import {
  dataDescriptor,
  endOfDirectory,
  largeFields,
  ZipStream,
} from '../../../../../src/adapters/spreadsheet/writing/zip-stream.ts';
import { readZip } from '../../../../support/zip.ts';

const GB5 = 5 * 2 ** 30;

test('pieces that are compressed at once make one entry, in order', async () => {
  const chunks: Uint8Array[] = [];
  const zip = new ZipStream((chunk) => void chunks.push(chunk), { modified: new Date(0), threads: 3 });
  const pieces = Array.from({ length: 20 }, (_, i) => Buffer.alloc(10_000 + i, `piece ${i} `));
  await zip.add('first', 'text');
  await zip.begin('second');
  for (const piece of pieces) await zip.write(piece);
  await zip.end();
  await zip.add('empty', '');
  await zip.finish();
  const archive = Buffer.concat(chunks);
  expect(zip.bytes).toBe(archive.byteLength);
  const offsets = readZip(archive);
  const second = offsets.get('second');
  expect(second?.size).toBe(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const start = (second?.offset ?? 0) + 30 + 'second'.length;
  expect(inflateRawSync(archive.subarray(start), { finishFlush: 2 }).equals(Buffer.concat(pieces))).toBe(
    true,
  );
});

test('a failing sink fails what is written, and nothing is left to fail later', async () => {
  const zip = new ZipStream(() => Promise.reject(new Error('full')), { modified: new Date(), threads: 2 });
  await expect(zip.begin('a')).rejects.toThrow('full');
});

test('sizes take 64 bits only where 32 do not hold them', () => {
  expect(dataDescriptor({ crc: 1, compressed: 2, size: 3 }).toString('hex')).toBe(
    '504b0708010000000200000003000000',
  );
  const large = Buffer.from(dataDescriptor({ crc: 1, compressed: 2, size: GB5 }));
  expect(large.byteLength).toBe(24);
  expect(large.readBigUInt64LE(16)).toBe(BigInt(GB5));
  expect(largeFields([1, 2, 3]).byteLength).toBe(0);
  const fields = Buffer.from(largeFields([GB5, 7, GB5 + 1]));
  expect(fields.readUInt16LE(2)).toBe(16);
  expect([fields.readBigUInt64LE(4), fields.readBigUInt64LE(12)]).toEqual([BigInt(GB5), BigInt(GB5 + 1)]);
});

test('the directory of a large archive is found through its 64-bit record', () => {
  expect(endOfDirectory(3, 1000, 200).byteLength).toBe(22);
  const end = Buffer.from(endOfDirectory(3, GB5, 200));
  expect(end.readUInt32LE(0)).toBe(0x06064b50);
  expect(end.readBigUInt64LE(48)).toBe(BigInt(GB5));
  expect(end.readBigUInt64LE(56 + 8)).toBe(BigInt(GB5 + 200));
  expect(end.readUInt32LE(76 + 16)).toBe(0xffff_ffff);
});
