import { describe, expect, test } from 'bun:test';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalStore } from '../../../../src/adapters/storage/local-store.ts';
import { Spool } from '../../../../src/adapters/storage/spool.ts';
import { AppError } from '../../../../src/errors.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

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
});

describe('the local store', () => {
  async function stored(directory: string): Promise<{ store: LocalStore; path: string }> {
    const path = join(directory, 'incoming');
    await Bun.write(path, 'the bytes');
    return { store: await LocalStore.open(join(directory, 'files')), path };
  }

  test('keeps what it was given, whole and in parts', async () => {
    await using directory = await temporaryDirectory();
    const { store, path } = await stored(directory.path);
    await store.put('ab/1', path);
    expect(await store.size('ab/1')).toBe(9);
    expect(await store.read('ab/1', 0, 9).text()).toBe('the bytes');
    expect(await store.read('ab/1', 4, 7).text()).toBe('byt');
  });

  test('costs no second copy on the same disk', async () => {
    await using directory = await temporaryDirectory();
    const { store, path } = await stored(directory.path);
    await store.put('ab/1', path);
    expect((await stat(path)).nlink).toBe(2);
  });

  test('many put at once into one new folder are all there', async () => {
    await using directory = await temporaryDirectory();
    const { store, path } = await stored(directory.path);
    const keys = Array.from({ length: 50 }, (_, i) => `new/${i}`);
    await Promise.all(keys.map((key) => store.put(key, path)));
    expect((await readdir(join(directory.path, 'files/new'))).length).toBe(50);
  });

  test('never overwrites an object', async () => {
    await using directory = await temporaryDirectory();
    const { store, path } = await stored(directory.path);
    await store.put('ab/1', path);
    await Bun.write(`${path}-2`, 'other');
    await expect(store.put('ab/1', `${path}-2`)).rejects.toThrow('EEXIST');
    expect(await store.read('ab/1', 0, 9).text()).toBe('the bytes');
  });

  test('says that an object is not there, and removes what is not there without complaint', async () => {
    await using directory = await temporaryDirectory();
    const { store } = await stored(directory.path);
    expect(await store.size('ab/none')).toBeUndefined();
    await store.remove('ab/none');
  });
});
