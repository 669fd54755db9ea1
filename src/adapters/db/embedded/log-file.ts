import { open, rename, stat, truncate } from 'node:fs/promises';

/** Bytes. */
const ROTATE_AT_START = 1024 * 1024;
const LARGEST = 16 * 1024 * 1024;
const TAIL = 8 * 1024;

/** Size of the log in bytes, 0 when there is none. */
export async function logSize(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** Moves a log over 1 MiB aside (to `<path>.1`, replacing the one before). */
export async function rotateLog(path: string): Promise<void> {
  if ((await logSize(path)) > ROTATE_AT_START) await rename(path, `${path}.1`);
}

/** Empties a log over 16 MiB in place: the running server appends to the open file. */
export async function keepLogSmall(path: string): Promise<void> {
  if ((await logSize(path)) > LARGEST) await truncate(path, 0).catch(() => {});
}

/** The last `lines` lines written after `from` (bytes), without their time stamps. */
export async function logTail(path: string, from: number, lines = 5): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - TAIL);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - start)), {
      position: start,
    });
    const text = buffer.subarray(0, bytesRead).toString().trim();
    return text
      .split('\n')
      .slice(-lines)
      .map((line) => line.replace(/^\S+ \S+ \S+ \[\d+\] /, ''))
      .join(' | ');
  } finally {
    await handle.close();
  }
}
