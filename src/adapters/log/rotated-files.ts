import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface RotatedFile {
  readonly path: string;
  readonly day: string;
  readonly number: number;
}

/**
 * A free name for a file of a log that is full or of another day: `<path>.<day>.<number>`.
 * @param day `YYYY-MM-DD`
 */
export async function rotatedName(path: string, day: string): Promise<string> {
  const numbers = (await rotatedFiles(path)).filter((file) => file.day === day).map(({ number }) => number);
  return `${path}.${day}.${Math.max(0, ...numbers) + 1}`;
}

/** Removes the oldest files of a log but for so many. */
export async function removeOldest(path: string, keep: number): Promise<void> {
  const files = await rotatedFiles(path);
  for (const file of files.slice(0, Math.max(0, files.length - keep))) await rm(file.path, { force: true });
}

/** From the oldest. */
async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  const [directory, prefix] = [dirname(path), `${basename(path)}.`];
  const files = (await readdir(directory)).flatMap((name): RotatedFile[] => {
    if (!name.startsWith(prefix)) return [];
    const [, day, number] = /^(\d{4}-\d\d-\d\d)\.(\d{1,9})$/.exec(name.slice(prefix.length)) ?? [];
    if (day === undefined) return [];
    return [{ path: join(directory, name), day, number: Number(number) }];
  });
  return files.sort((a, b) => a.day.localeCompare(b.day) || a.number - b.number);
}
