import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LogFile, type LogFileOptions } from '../../../../src/adapters/log/log-file.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const DAY = 86_400_000;
/** Midnight in Shanghai is 16:00 UTC. */
const LATE = Date.UTC(2026, 10, 22, 15, 59, 58);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
let now: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, 'logs/stockroom.log');
  now = LATE;
});
afterEach(async () => await directory[Symbol.asyncDispose]());

const open = (options: Partial<LogFileOptions> = {}) =>
  LogFile.open({
    path,
    maxBytes: 1000,
    keep: 14,
    timeZone: 'Asia/Shanghai',
    now: () => now,
    ...options,
  });

const write = (file: LogFile, text: string) => file.write(Buffer.from(text));

async function contents(): Promise<Record<string, string>> {
  const names = (await readdir(join(directory.path, 'logs'))).sort();
  const texts = names.map(async (name) => [name, await Bun.file(join(directory.path, 'logs', name)).text()]);
  return Object.fromEntries(await Promise.all(texts));
}

test('a file that would grow beyond its size is put aside under its day and a number', async () => {
  await using file = await open();
  for (const letter of ['a', 'b', 'c']) await write(file, letter.repeat(600));
  expect(await contents()).toEqual({
    'stockroom.log': 'c'.repeat(600),
    'stockroom.log.2026-11-22.1': 'a'.repeat(600),
    'stockroom.log.2026-11-22.2': 'b'.repeat(600),
  });
});

test('the first line of a day, as clocks of the time zone have it, begins a new file', async () => {
  await using file = await open();
  await write(file, 'sunday\n');
  now += 3000;
  await write(file, 'monday\n');
  now += 5 * DAY;
  await write(file, 'saturday\n');
  expect(await contents()).toEqual({
    'stockroom.log': 'saturday\n',
    'stockroom.log.2026-11-22.1': 'sunday\n',
    'stockroom.log.2026-11-23.1': 'monday\n',
  });
});

test('the file of an earlier run goes on, or is put aside under the day of its last line', async () => {
  await mkdir(join(directory.path, 'logs'));
  await writeFile(path, 'earlier\n');
  await utimes(path, new Date(now), new Date(now));
  {
    await using file = await open();
    await write(file, 'same day\n');
  }
  await utimes(path, new Date(now - 3 * DAY), new Date(now - 3 * DAY));
  await using later = await open();
  await write(later, 'today\n');
  expect(await contents()).toEqual({
    'stockroom.log': 'today\n',
    'stockroom.log.2026-11-19.1': 'earlier\nsame day\n',
  });
});

test('the oldest go first, and nothing but what was put aside', async () => {
  await using file = await open({ keep: 2 });
  const others = ['stockroom.log.old', 'stockroom.log.2026-11-22.1.gz', 'other.log.2026-11-01.1'];
  for (const name of others) await writeFile(join(directory.path, 'logs', name), '');
  for (let i = 0; i < 12; i++) await write(file, `${i}`.padEnd(600));
  now += DAY;
  await write(file, 'next day\n');
  const names = Object.keys(await contents()).filter((name) => !others.includes(name));
  expect(names).toEqual(['stockroom.log', 'stockroom.log.2026-11-22.11', 'stockroom.log.2026-11-22.12']);
  expect(Object.keys(await contents())).toEqual(expect.arrayContaining(others));
});

test('what was moved away stays as it is, and the next line makes a new file: at once when told, else within a second', async () => {
  await using file = await open();
  await write(file, 'one\n');
  await rename(path, `${path}.moved`);
  file.reopen();
  await write(file, 'two\n');
  await rm(path);
  now += 1000;
  await write(file, 'three\n');
  expect(await contents()).toEqual({ 'stockroom.log': 'three\n', 'stockroom.log.moved': 'one\n' });
});

test('a directory that is gone is made again', async () => {
  await using file = await open();
  await write(file, 'one\n');
  await rm(join(directory.path, 'logs'), { recursive: true });
  now += 1000;
  await write(file, 'two\n');
  expect(await contents()).toEqual({ 'stockroom.log': 'two\n' });
});

test('a file that cannot be put aside goes on growing, and that is told once a minute', async () => {
  const told: unknown[] = [];
  await using file = await open({ onRotationFailed: (error) => told.push(error), keep: 1 });
  await write(file, 'a'.repeat(900));
  // A directory is no name that a file can take.
  await mkdir(`${path}.2026-11-22.1`);
  await rm(path);
  await mkdir(path);
  for (let i = 0; i < 3; i++) await write(file, 'b'.repeat(200));
  expect(told).toHaveLength(1);
});

test('something else than a file is refused', async () => {
  await mkdir(path, { recursive: true });
  await expect(open()).rejects.toThrow();
});
