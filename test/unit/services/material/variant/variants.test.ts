import { afterEach, beforeEach, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Recipe, Renderer } from '../../../../../src/adapters/media/index.ts';
import { DiskCache } from '../../../../../src/adapters/storage/disk-cache.ts';
import { LocalStore } from '../../../../../src/adapters/storage/local-store.ts';
import type { ObjectStore } from '../../../../../src/adapters/storage/object-store.ts';
import { type VariantSource, Variants } from '../../../../../src/services/material/variant/variants.ts';
import { filesBelow, sha256 } from '../../../../support/files.ts';
import { temporaryDirectory, until } from '../../../../support/temporary.ts';
import { outcome, quiet } from '../../../adapters/media/fixtures.ts';

const recipe: Recipe = {
  width: 10,
  height: null,
  fit: 'cover',
  focus: 'centre',
  format: 'png',
  quality: null,
  blur: null,
  rotate: 0,
  background: null,
};
const never = new AbortController().signal;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: LocalStore;
let renderer: Renderer;
let cache: DiskCache;
let variants: Variants;

beforeEach(async () => {
  directory = await temporaryDirectory();
  store = await LocalStore.open(join(directory.path, 'files'));
  cache = await DiskCache.open(join(directory.path, 'variants'), { capacity: 1_000_000, maxGroup: 10 });
  const program = new URL('../../../adapters/media/variant/counting-renderer.ts', import.meta.url);
  renderer = new Renderer({ maxImagePixels: 1000, log: quiet, processes: 1, program });
  variants = new Variants({ store, renderer, cache });
});
afterEach(async () => {
  await renderer.close();
  await directory[Symbol.asyncDispose]();
});

async function source(
  isHeld = false,
): Promise<VariantSource & { path: string; bytes: Uint8Array<ArrayBuffer> }> {
  const bytes = new Uint8Array(randomBytes(100));
  const storageKey = `key-${bytes.toHex().slice(0, 8)}`;
  const file = join(directory.path, storageKey);
  await writeFile(file, bytes);
  await store.put(storageKey, file);
  const path = store.localPath(storageKey);
  if (isHeld) await writeFile(`${path}.wait`, '');
  return {
    storageKey,
    path,
    bytes,
    size: 100,
    mimeType: 'image/png',
    sha256: sha256(bytes),
    durationMs: null,
    isFilm: false,
  };
}

async function jobs(path: string): Promise<number> {
  const log = Bun.file(`${path}.jobs`);
  return (await log.exists()) ? (await log.text()).split('\n').length - 1 : 0;
}

const begun = (path: string) => until('the job to begin', async () => (await jobs(path)) > 0 || undefined);
const release = (path: string) => rm(`${path}.wait`);

test('equal requests at once are one job, and one more time later is none', async () => {
  const from = await source(true);
  const all = Array.from({ length: 10 }, () => variants.open(from, recipe, never));
  await begun(from.path);
  await release(from.path);
  for (const variant of await Promise.all(all)) {
    expect(await variant.content.bytes()).toEqual(from.bytes);
  }
  await variants.open(from, recipe, never);
  expect(await jobs(from.path)).toBe(1);
  await variants.open(from, { ...recipe, width: 20 }, never);
  await variants.open({ ...from, isFilm: false, mimeType: 'image/jpeg' }, recipe, never);
  expect(await jobs(from.path)).toBe(2);
});

test('what is slow to read is read once for all sizes', async () => {
  const from = { ...(await source()), mimeType: 'image/heic' };
  // The whole picture too, asked for by itself.
  const whole: Recipe = { ...recipe, width: null, format: 'plain', quality: 95 };
  expect((await variants.open(from, whole, never)).size).toBe(100);
  for (const width of [10, 20, 30]) {
    const { content } = await variants.open(from, { ...recipe, width }, never);
    expect(await content.bytes()).toEqual(from.bytes);
  }
  expect(await jobs(from.path)).toBe(1);
});

test('who leaves does not wait, and takes nothing from the others', async () => {
  const from = await source(true);
  const leaving = new AbortController();
  const left = outcome(variants.open(from, recipe, leaving.signal));
  const staying = variants.open(from, recipe, never);
  await begun(from.path);
  leaving.abort();
  expect(await left).toBe('SERVICE_UNAVAILABLE');
  await release(from.path);
  expect((await staying).size).toBe(100);
});

test('what nobody waits for any more is not begun', async () => {
  const [first, second] = [await source(true), await source()];
  const running = variants.open(first, recipe, never);
  await begun(first.path);
  const leaving = new AbortController();
  const left = outcome(variants.open(second, recipe, leaving.signal));
  // By then it waits behind the first one.
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  leaving.abort();
  await left;
  await release(first.path);
  await running;
  expect((await variants.open(first, { ...recipe, width: 11 }, never)).size).toBe(100);
  expect(await jobs(second.path)).toBe(0);
});

test('what is purged while it is made is answered and not kept', async () => {
  const from = await source(true);
  const making = variants.open(from, recipe, never);
  await begun(from.path);
  await variants.purge(from.sha256);
  await release(from.path);
  expect(await (await making).content.bytes()).toEqual(from.bytes);
  expect(filesBelow(join(directory.path, 'variants'))).toEqual([]);
});

test('a store whose objects are no files here is copied from, and nothing of that stays', async () => {
  const from = await source();
  const remote: ObjectStore = {
    check: () => store.check(),
    put: (key, path) => store.put(key, path),
    size: (key) => store.size(key),
    read: (key, start, end) => store.read(key, start, end),
    remove: (key) => store.remove(key),
    abandon: (key) => store.abandon(key),
    list: (prefix, startAfter) => store.list(prefix, startAfter),
    presign: () => undefined,
  };
  const { content } = await new Variants({ store: remote, renderer, cache }).open(from, recipe, never);
  expect(await content.bytes()).toEqual(from.bytes);
  const left = filesBelow(join(directory.path, 'variants')).filter((name) => !name.endsWith('.jobs'));
  expect(left).toHaveLength(1);
});
