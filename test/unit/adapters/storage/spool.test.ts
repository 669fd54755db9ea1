import { describe, expect, test } from 'bun:test';
import { stat } from 'node:fs/promises';
import { Spool } from '../../../../src/adapters/storage/spool.ts';
import { AppError } from '../../../../src/errors.ts';
import { temporaryDirectory, until } from '../../../support/temporary.ts';

describe('the spool', () => {
  test('writes chunks of any size in their order', async () => {
    await using directory = await temporaryDirectory();
    const spool = await Spool.open(directory.path);
    const file = await spool.create('a');
    const whole = new Uint8Array(3_000_000).map((_, i) => i * 31 + (i >> 8));
    for (
      let start = 0, length = 1;
      start < whole.length;
      start += length, length = (length * 7) % 300_000 || 1
    ) {
      await file.append(whole.subarray(start, start + length));
    }
    await file.finish();
    expect(Buffer.compare(await Bun.file(file.path).bytes(), whole)).toBe(0);
  });

  test('does not gather many chunks, however small they are', async () => {
    await using directory = await temporaryDirectory();
    const spool = await Spool.open(directory.path);
    const file = await spool.create('a');
    for (let count = 0; count < 5000; count++) await file.append(new Uint8Array(1));
    await until('most of them', () => file.written >= 3000 || undefined);
    await file.finish();
    expect(await Bun.file(file.path).bytes()).toEqual(new Uint8Array(5000));
  });

  test('takes no more bytes at once than its capacity, and gets them back', async () => {
    await using directory = await temporaryDirectory();
    const spool = await Spool.open(directory.path, 1000);
    const first = await spool.create('a');
    await first.append(new Uint8Array(800));
    const second = await spool.create('b');
    expect(() => second.append(new Uint8Array(300))).toThrow(new AppError('STORAGE_FULL'));
    await second.remove();
    await first.remove();
    expect(await spool.names()).toEqual([]);
    const third = await spool.create('c');
    await third.append(new Uint8Array(1000));
    await third.remove();
  });

  test('frees the bytes of a file whose name has to stay', async () => {
    await using directory = await temporaryDirectory();
    const spool = await Spool.open(directory.path, 1000);
    const file = await spool.create('a');
    await file.append(new Uint8Array(800));
    await file.finish();
    await file.empty();
    expect([await spool.names(), (await stat(file.path)).size]).toEqual([['a'], 0]);
    const other = await spool.create('b');
    await other.append(new Uint8Array(1000));
    await other.remove();
    await file.remove();
    expect(await spool.names()).toEqual([]);
  });

  test.each([
    ['one chunk', [200_000], false],
    ['several', [1, 100_000, 99_999], false],
    ['several that are at hand in one piece', [1, 100_000, 99_999], true],
    ['none', [], false],
    ['more than are gathered', [200_000, 200_000, 5], false],
  ])('writes a file whose name was only planned: %s', async (_, sizes, inOnePiece) => {
    await using directory = await temporaryDirectory();
    const spool = await Spool.open(directory.path, 1_000_000);
    const file = spool.plan('a');
    expect([await spool.names(), file.isBegun]).toEqual([[], false]);
    const chunks = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    for (const chunk of chunks) await file.append(chunk);
    const whole = new Uint8Array(Buffer.concat(chunks));
    await file.finish(inOnePiece ? whole : undefined);
    expect([await Bun.file(file.path).bytes(), file.written]).toEqual([whole, whole.byteLength]);
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    await file.remove();
    expect([await spool.names(), spool.bytes.used]).toEqual([[], 0]);
  });

  test('lets a planned file be read before it is finished, and be given up', async () => {
    await using directory = await temporaryDirectory();
    const spool = await Spool.open(directory.path);
    const read = spool.plan('a');
    await read.append(new Uint8Array(800));
    await read.write();
    expect((await stat(read.path)).size).toBe(800);
    await read.finish();
    await read.remove();
    const left = spool.plan('b');
    await left.append(new Uint8Array(800));
    await left.remove();
    const late = spool.plan('c');
    await late.append(new Uint8Array(800));
    const finished = late.finish();
    await late.remove();
    await finished;
    expect([await spool.names(), spool.bytes.used]).toEqual([[], 0]);
  });
});
