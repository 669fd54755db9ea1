import { statfsSync } from 'node:fs';

/** Below so much the database cannot be sure to write, nor a log. */
const MIN_FREE_BYTES = 32 * 1024 * 1024;

/** Bytes that the file system of a directory has left for this process. The system knows them without looking. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** @throws Error when less than 32 MiB are left. */
export async function checkDiskSpace(directory: string): Promise<void> {
  const free = freeBytes(directory);
  if (free < MIN_FREE_BYTES) throw new Error(`the disk has ${free} bytes left`);
}
