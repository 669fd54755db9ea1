import { afterEach, beforeEach, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { GrowingFile } from '../../../../src/adapters/storage/growing-file.ts';
import { Spool } from '../../../../src/adapters/storage/spool.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const KIB = 1024;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let spool: Spool;
beforeEach(async () => {
  directory = await temporaryDirectory();
  spool = await Spool.open(directory.path, 10_000 * KIB);
});
afterEach(async () => await directory[Symbol.asyncDispose]());

const bytesOf = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) % 251);

async function readAll(file: GrowingFile, pieceBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let position = 0;
  for (;;) {
    const piece = await file.read(position, pieceBytes);
    if (!piece) return Buffer.concat(pieces);
    expect(piece.byteLength).toBeLessThanOrEqual(pieceBytes);
    pieces.push(piece);
    position += piece.byteLength;
  }
}

test('a reader gets every byte of a file that is written meanwhile', async () => {
  const file = new GrowingFile(await spool.create('a'));
  const chunks = Array.from({ length: 200 }, (_, i) => bytesOf(1 + ((i * 977) % 5000), i));
  const reading = readAll(file, 1000);
  for (const chunk of chunks) await file.append(chunk);
  expect(file.size).toBeUndefined();
  await file.finish();
  expect((await reading).equals(Buffer.concat(chunks))).toBe(true);
  expect(file.size).toBe(Buffer.concat(chunks).byteLength);
  await file.remove();
  expect(await readdir(directory.path)).toEqual([]);
});

test('a reader who waits gets the first bytes at once, however few', async () => {
  const file = new GrowingFile(await spool.create('a'));
  const first = file.read(0, KIB);
  await file.append(bytesOf(3));
  expect(await first).toEqual(bytesOf(3));
  await file.remove();
});

test('a reader fails as soon as the writer has, and not at the end of what there is', async () => {
  const file = new GrowingFile(await spool.create('a'));
  await file.append(bytesOf(600 * KIB));
  expect((await file.read(0, KIB))?.byteLength).toBe(KIB);
  file.fail(new Error('the database has gone'));
  await expect(file.read(KIB, KIB)).rejects.toThrow('the database has gone');
  await file.remove();
});

test('what it takes of the spool is free again when it is removed', async () => {
  const file = new GrowingFile(await spool.create('a'));
  await file.append(bytesOf(9_000 * KIB));
  expect(async () => await file.append(bytesOf(2_000 * KIB))).toThrow('no room');
  await file.remove();
  const next = new GrowingFile(await spool.create('b'));
  await next.append(bytesOf(9_000 * KIB));
  await next.remove();
});

test('an empty file ends', async () => {
  const file = new GrowingFile(await spool.create('a'));
  const reading = readAll(file, KIB);
  await file.finish();
  expect((await reading).byteLength).toBe(0);
  await file.remove();
});
