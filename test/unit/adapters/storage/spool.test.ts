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
});
