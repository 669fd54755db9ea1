import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalStore } from '../../src/adapters/storage/local-store.ts';
import type { ObjectStore } from '../../src/adapters/storage/object-store.ts';
import { PART_BYTES } from '../../src/adapters/storage/s3/upload.ts';
import { createBucket, findCeph } from '../support/ceph.ts';
import { sha256 } from '../support/files.ts';
import { openStore } from '../support/s3-store.ts';
import { missing } from '../support/services.ts';
import { projectRoot } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MIB = 1024 * 1024;
/** A page of an S3 listing has 1,000. */
const MANY = 1_003;

const local = async (directory: string) => await LocalStore.open(join(directory, 'files'));
const s3 = async () => openStore(await createBucket());

describe('the local store', () => define(local));
describe.skipIf(missing('Ceph', findCeph()))('the S3 store', () => define(s3));

/** What both stores must do. */
function define(create: (directory: string) => Promise<ObjectStore>): void {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let store: ObjectStore;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    store = await create(directory.path);
  });
  afterAll(async () => await directory[Symbol.asyncDispose]());

  let files = 0;
  const file = async (bytes: Uint8Array | string) => {
    const path = join(directory.path, `incoming-${++files}`);
    await Bun.write(path, bytes);
    return path;
  };
  const keys = async (prefix?: string, startAfter?: string) =>
    (await Array.fromAsync(store.list(prefix, startAfter))).map(({ key }) => key);

  test.each([1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 64 * MIB])(
    'keeps %d bytes as they are, and leaves the file that they came from',
    async (size) => {
      const bytes = noise(size);
      const path = await file(bytes);
      const key = `sizes/${size}`;
      await store.put(key, path);
      expect(await store.size(key)).toBe(size);
      const hash = new Bun.CryptoHasher('sha256');
      for await (const chunk of store.read(key, 0, size).stream()) hash.update(chunk);
      expect(hash.digest('hex')).toBe(sha256(bytes));
      expect((await stat(path)).size).toBe(size);
    },
  );

  test('gives any range of an object, at once or as a stream', async () => {
    const bytes = noise(2 * PART_BYTES + 5);
    await store.put('ranges/a', await file(bytes));
    const edges: [number, number][] = [
      [0, 1],
      [7, 7],
      [0, bytes.length],
      [bytes.length - 1, bytes.length],
      [PART_BYTES - 3, PART_BYTES + 3],
      [100, 2 * PART_BYTES],
    ];
    for (const [start, end] of edges) {
      const range = store.read('ranges/a', start, end);
      expect(range.size).toBe(end - start);
      const wanted = sha256(bytes.subarray(start, end));
      expect([start, end, sha256(await range.bytes())]).toEqual([start, end, wanted]);
      const streamed = await new Response(range.stream()).bytes();
      expect([start, end, sha256(streamed)]).toEqual([start, end, wanted]);
    }
  });

  test('a reader may leave in the middle of a stream', async () => {
    await store.put('left/a', await file(noise(20 * MIB)));
    for (let i = 0; i < 20; i++) {
      const reader = store
        .read('left/a', 0, 20 * MIB)
        .stream()
        .getReader();
      expect((await reader.read()).done).toBe(false);
      await reader.cancel();
    }
    expect(await store.size('left/a')).toBe(20 * MIB);
  });

  test('says that an object is not there, and removes what is not there without complaint', async () => {
    expect(await store.size('ab/none')).toBeUndefined();
    await expect(store.read('ab/none', 0, 5).bytes()).rejects.toThrow();
    await expect(new Response(store.read('ab/none', 0, 5).stream()).bytes()).rejects.toThrow();
    await store.remove('ab/none');
    await store.abandon('ab/none');
  });

  test('removes an object, and no other', async () => {
    const path = await file('bytes');
    for (const key of ['gone/1', 'gone/10', 'gone/2']) await store.put(key, path);
    await store.remove('gone/1');
    expect(await keys('gone/')).toEqual(['gone/10', 'gone/2']);
    await store.abandon('gone/2');
    expect(await keys('gone/')).toEqual(['gone/10']);
  });

  test('many put at once into one new folder are all there', async () => {
    const paths = await Promise.all(Array.from({ length: 50 }, (_, i) => file(`bytes of ${i}`)));
    await Promise.all(paths.map((path, i) => store.put(`new/${i}`, path)));
    for (const i of paths.keys()) {
      const text = `bytes of ${i}`;
      expect(Buffer.from(await store.read(`new/${i}`, 0, text.length).bytes()).toString()).toBe(text);
    }
    expect(await keys('new/')).toHaveLength(50);
  });

  test('lists objects in the order of their keys, from any key on', async () => {
    const path = await file('12345');
    const before = Date.now();
    const there = ['order/a-b', 'order/a/b', 'order/a0', 'order/b/c/d'];
    await Promise.all([...there, 'ordered', 'zzz/1'].map((name) => store.put(name, path)));
    expect(await keys('order/')).toEqual(there);
    expect(await keys('order')).toEqual([...there, 'ordered']);
    expect(await keys('order/a')).toEqual(there.slice(0, 3));
    expect(await keys('order/', 'order/a-b')).toEqual(there.slice(1));
    expect(await keys('order/', 'order/a/b')).toEqual(there.slice(2));
    expect(await keys('order/', 'order/a/a')).toEqual(there.slice(1));
    expect(await keys('', 'order/b/c/d')).toContain('ordered');
    expect(await keys('none/')).toEqual([]);
    const [first] = await Array.fromAsync(store.list('order/'));
    expect(first?.size).toBe(5);
    expect(Math.abs((first?.modified.getTime() ?? 0) - before)).toBeLessThan(60_000);
  });

  test('lists more objects than one answer holds, each once', async () => {
    const path = await file('x');
    const names = Array.from({ length: MANY }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    await Promise.all(names.map((name) => store.put(name, path)));
    expect(await keys('many/')).toEqual(names);
    expect(await keys('many/', names[MANY - 3])).toEqual(names.slice(-2));
  });
}

describe('the local store alone', () => {
  async function stored(directory: string): Promise<{ store: LocalStore; path: string }> {
    const path = join(directory, 'incoming');
    await Bun.write(path, 'the bytes');
    return { store: await local(directory), path };
  }

  test('costs no second copy on the same disk', async () => {
    await using directory = await temporaryDirectory();
    const { store, path } = await stored(directory.path);
    await store.put('ab/1', path);
    expect((await stat(path)).nlink).toBe(2);
  });

  test('never overwrites an object', async () => {
    await using directory = await temporaryDirectory();
    const { store, path } = await stored(directory.path);
    await store.put('ab/1', path);
    await Bun.write(`${path}-2`, 'other');
    await expect(store.put('ab/1', `${path}-2`)).rejects.toThrow('EEXIST');
    expect(Buffer.from(await store.read('ab/1', 0, 9).bytes()).toString()).toBe('the bytes');
  });

  test('lists no copy that is not complete, and removes it with what was abandoned', async () => {
    await using directory = await temporaryDirectory();
    const { store } = await stored(directory.path);
    const partial = join(directory.path, 'files/ab/1.partial');
    await mkdir(join(partial, '..'), { recursive: true });
    await Bun.write(partial, 'the by');
    expect(await Array.fromAsync(store.list())).toEqual([]);
    await store.abandon('ab/1');
    expect(await Bun.file(partial).exists()).toBe(false);
  });

  test('starts without the modules of the S3 store', () => {
    const code = `for (const name of ['runtime', 'app']) await import('./src/' + name + '.ts');
      console.log(Object.keys(require.cache).filter((path) => path.includes('storage')).join());`;
    const { stdout } = Bun.spawnSync([process.execPath, '-e', code], { cwd: projectRoot });
    expect(stdout.toString()).toContain('local-store.ts');
    expect(stdout.toString()).not.toMatch(/s3-store|storage\/s3/);
  });

  test('has no addresses of its own', async () => {
    await using directory = await temporaryDirectory();
    const { store } = await stored(directory.path);
    expect(store.presign()).toBeUndefined();
  });
});

/** Bytes of which no two stretches are alike. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let start = 0; start < size; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(size, start + 65_536)));
  }
  return bytes;
}
