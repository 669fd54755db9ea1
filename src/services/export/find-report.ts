import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './report.ts';

const DIRECTORY = join(import.meta.dirname, 'reports');
const EXTENSION = '.ts';

let names: Promise<readonly string[]> | undefined;

/** The names of all reports, in the order of the alphabet. */
export function reportNames(): Promise<readonly string[]> {
  names ??= readdir(DIRECTORY).then((files) =>
    files
      .filter((file) => file.endsWith(EXTENSION))
      .map((file) => file.slice(0, -EXTENSION.length))
      .sort(),
  );
  return names;
}

/** The report of this name; undefined: there is none. */
export async function findReport(name: string): Promise<Report | undefined> {
  if (!(await reportNames()).includes(name)) return undefined;
  const module: { report: Report } = await import(join(DIRECTORY, name + EXTENSION));
  return module.report;
}
