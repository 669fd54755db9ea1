import { expect, test } from 'bun:test';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalStore } from '../../../../src/adapters/storage/local-store.ts';
import { FileBytes } from '../../../../src/services/material/file-bytes.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const KIB = 1024;

async function setUp(root: string, capacity: number) {
  const store = await LocalStore.open(root);
  const errors: object[] = [];
  const ignore = () => {};
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields: object) => void errors.push(fields),
  };
  const keep = async (storageKey: string, size: number) => {
    await writeFile(join(root, storageKey), new Uint8Array(size).fill(storageKey.charCodeAt(0)));
    return { storageKey, size };
  };
  return { bytes: new FileBytes({ store, log, capacity }), keep, errors };
}

test('small files stay in memory up to the capacity, those that were asked for last', async () => {
  await using directory = await temporaryDirectory();
  const { bytes, keep } = await setUp(directory.path, 250 * KIB);
  const [a, b, c] = [await keep('a', 100 * KIB), await keep('b', 100 * KIB), await keep('c', 100 * KIB)];
  await bytes.open(a);
  await bytes.open(b);
  expect(await bytes.held(a)?.slice(0, 2).text()).toBe('aa');
  await bytes.open(c);
  expect([a, b, c].map((file) => bytes.held(file) !== undefined)).toEqual([true, false, true]);
  expect(Buffer.from(await (await bytes.open(b)).slice(5, 7).bytes()).toString()).toBe('bb');
});

test('large files never do', async () => {
  await using directory = await temporaryDirectory();
  const { bytes, keep } = await setUp(directory.path, 10_000 * KIB);
  const large = await keep('l', 257 * KIB);
  const opened = await bytes.open(large);
  expect(Buffer.from(await opened.slice(256 * KIB, 257 * KIB).bytes()).toString()).toBe('l'.repeat(KIB));
  expect(bytes.held(large)).toBeUndefined();
});

test('a file that was cut behind its copy in memory is an error that names the key', async () => {
  await using directory = await temporaryDirectory();
  const { bytes, keep, errors } = await setUp(directory.path, 250 * KIB);
  const file = await keep('a', 10 * KIB);
  await bytes.open(file);
  await truncate(join(directory.path, 'a'), 5);
  expect(bytes.held(file)).toBeUndefined();
  expect(async () => await bytes.open(file)).toThrow('Something went wrong');
  expect(errors).toEqual([{ storageKey: 'a', size: 10 * KIB, stored: 5 }]);
});
