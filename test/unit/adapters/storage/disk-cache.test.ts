import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskCache } from '../../../../src/adapters/storage/disk-cache.ts';
import { filesBelow } from '../../../support/files.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const BLOCK = 4096;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => await directory[Symbol.asyncDispose]());

async function open(options: { capacity?: number; maxEntries?: number; maxGroup?: number } = {}) {
  const cache = await DiskCache.open(directory.path, { capacity: 100 * BLOCK, maxGroup: 100, ...options });
  await cache.ready();
  return cache;
}

const group = (n: number) => n.toString(16).padStart(2, '0').repeat(32);
const key = (n: number, how = 0) => `${group(n)}-${how.toString(16).padStart(16, '0')}`;

async function put(cache: DiskCache, name: string, text = name) {
  const partial = cache.partial();
  await writeFile(partial, text);
  return await cache.put(name, partial, { size: text.length, digest: 'a'.repeat(32), extension: 'webp' });
}

async function text(cache: DiskCache, name: string): Promise<string | undefined> {
  const file = await cache.get(name);
  return file && (await Bun.file(file.path).text());
}

describe('a cache of files', () => {
  test('gives what was put, with what is known of it', async () => {
    const cache = await open();
    expect(await cache.get(key(1))).toBeUndefined();
    await put(cache, key(1), 'picture');
    expect(await cache.get(key(1))).toMatchObject({ size: 7, digest: 'a'.repeat(32), extension: 'webp' });
    expect(await text(cache, key(1))).toBe('picture');
    await put(cache, key(1), 'another');
    expect(await text(cache, key(1))).toBe('another');
    expect(cache.bytes).toBe(BLOCK);
  });

  test('lets the least recently used go when there are too many bytes', async () => {
    const cache = await open({ capacity: 3 * BLOCK });
    for (const n of [1, 2, 3]) await put(cache, key(n));
    await cache.get(key(1));
    await put(cache, key(4));
    expect(await Promise.all([1, 2, 3, 4].map((n) => text(cache, key(n))))).toEqual([
      key(1),
      undefined,
      key(3),
      key(4),
    ]);
    expect(filesBelow(directory.path)).toHaveLength(3);
    expect(cache.bytes).toBe(3 * BLOCK);
  });

  test('lets them go when there are too many in all, or of one group', async () => {
    const cache = await open({ maxEntries: 4, maxGroup: 2 });
    for (let how = 0; how < 5; how++) await put(cache, key(1, how));
    expect(cache.size).toBe(2);
    for (const n of [2, 3, 4]) await put(cache, key(n));
    expect(cache.size).toBe(4);
    expect(await text(cache, key(1, 4))).toBeDefined();
    expect(await text(cache, key(1, 3))).toBeUndefined();
  });

  test('does not take what is larger than itself', async () => {
    const cache = await open({ capacity: BLOCK });
    await put(cache, key(1));
    expect(await put(cache, key(2), 'x'.repeat(BLOCK + 1))).toBeUndefined();
    expect(await text(cache, key(1))).toBe(key(1));
  });

  test('knows everything again after a restart, in the order of use', async () => {
    const former = await open();
    for (const n of [1, 2, 3]) {
      const file = await put(former, key(n));
      await utimes(file?.path ?? '', 0, 1000 + (n === 1 ? 9 : n));
    }
    const cache = await open();
    expect(cache.bytes).toBe(3 * BLOCK);
    const small = await open({ capacity: 2 * BLOCK });
    expect(await Promise.all([1, 2, 3].map((n) => text(small, key(n))))).toEqual([key(1), undefined, key(3)]);
  });

  test('answers before it has read the names of an earlier run', async () => {
    await put(await open(), key(7));
    const cache = await DiskCache.open(directory.path, { capacity: 10 * BLOCK, maxGroup: 10 });
    expect(await text(cache, key(7))).toBe(key(7));
    await put(cache, key(8));
    await cache.ready();
    expect(cache.size).toBe(2);
    expect(cache.bytes).toBe(2 * BLOCK);
  });

  test('serves no file that was cut, swapped or removed', async () => {
    const cache = await open();
    for (const n of [1, 2, 3]) await put(cache, key(n));
    const [one, two] = await Promise.all([cache.get(key(1)), cache.get(key(2))]);
    await truncate(one?.path ?? '', 3);
    await Bun.file(two?.path ?? '').delete();
    expect(await cache.get(key(1))).toBeUndefined();
    expect(await cache.get(key(2))).toBeUndefined();
    expect(cache.bytes).toBe(BLOCK);
    const three = await cache.get(key(3));
    await truncate(three?.path ?? '', 3);
    const restarted = await open();
    expect(restarted.size).toBe(0);
    expect(filesBelow(directory.path)).toEqual([]);
  });

  test('removes what a killed process left half made, and files that are not its own', async () => {
    await open();
    await mkdir(join(directory.path, 'ab'), { recursive: true });
    await writeFile(join(directory.path, 'partial', 'half'), 'x');
    await utimes(join(directory.path, 'partial', 'half'), 0, 0);
    await writeFile(join(directory.path, 'ab', 'strange'), 'x');
    await open();
    expect(filesBelow(directory.path)).toEqual([]);
  });

  test('purges every file of a group, and what is being made of it', async () => {
    const cache = await open();
    await put(cache, key(1, 1));
    await put(cache, key(1, 2));
    await put(cache, key(2));
    using _making = cache.begin(key(1, 3));
    await cache.purge(group(1));
    expect(await put(cache, key(1, 3))).toBeUndefined();
    expect(cache.size).toBe(1);
    expect(filesBelow(directory.path).filter((name) => name.includes(group(1)))).toEqual([]);
    expect(await text(cache, key(2))).toBe(key(2));
  });
});
