import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MediaInput } from '../../../../src/adapters/media/index.ts';
import { AppError } from '../../../../src/errors.ts';
import type { Logger } from '../../../../src/lib/logger.ts';

const folder = fileURLToPath(new URL('../../../fixtures/media/', import.meta.url));

const temporary = mkdtempSync(join(tmpdir(), 'media-'));
process.on('exit', () => rmSync(temporary, { recursive: true }));
let files = 0;

export const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function pathOf(name: string): string {
  return `${folder}${name}`;
}

export function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(pathOf(name)));
}

/** Names of the fixtures that match. */
export function names(pattern: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort();
}

/** A file that is on disk and still in memory; without a path it is put into a folder that goes with the process. */
export function inMemory(bytes: Uint8Array, path = stored(bytes)): MediaInput {
  return { path, size: bytes.length, head: bytes.subarray(0, 4100), bytes };
}

function stored(bytes: Uint8Array): string {
  const path = join(temporary, String(files++));
  writeFileSync(path, bytes);
  return path;
}

/** A file on disk only. */
export function onDisk(path: string): MediaInput {
  const bytes = readFileSync(path);
  return { path, size: bytes.length, head: new Uint8Array(bytes.subarray(0, 4100)) };
}

/** The code of the AppError that a promise ends with, or what it gives. */
export async function outcome<T>(promise: Promise<T>): Promise<T | string> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** The message that a promise fails with. */
export function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'did not fail',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

export function concat(...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
}
