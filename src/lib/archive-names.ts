import { safeName } from './file-disposition.ts';

/** Most bytes of a name in UTF-8 on common file systems, less what a number in front of the extension takes. */
const MAX_NAME_BYTES = 255 - ' (10000)'.length;
/** What Windows does not take in names, beside what no system does. */
const NOT_ON_WINDOWS = /[<>:"|?*]/g;
/** Names that Windows keeps for devices, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
const LEADING = /^[. ]+/;
const TRAILING = /[. ]+$/;
const EXTENSION = /\.[a-z\d]{1,10}$/i;

interface NamedFile {
  readonly originFilename: string;
  /** Names with slashes between; '' is the top. */
  readonly folder: string;
}

/**
 * A path for each of the files, in their order, that every system can unpack: relative, without `.` and `..`, hidden
 * names or control characters, and each its own, also where case and Unicode's forms make no difference.
 */
export function archiveNames(files: readonly NamedFile[]): string[] {
  const folders = files.map(({ folder }) => safeFolder(folder));
  const taken = new Set(folders.flatMap(withParents).map(same));
  const next = new Map<string, number>();
  return files.map(({ originFilename }, i) => {
    const path = (folders[i] ?? '') + safeSegment(originFilename, 'file');
    const key = same(path);
    let name = path;
    for (let n = next.get(key) ?? 2; taken.has(same(name)); n++) {
      name = numbered(path, n);
      next.set(key, n + 1);
    }
    taken.add(same(name));
    return name;
  });
}

/** With a slash at its end, unless it is the top. */
function safeFolder(folder: string): string {
  const names = folder.split('/').filter((name) => name !== '');
  return names.map((name) => `${safeSegment(name, '_')}/`).join('');
}

function safeSegment(name: string, otherwise: string): string {
  const shown = safeName(name).replace(NOT_ON_WINDOWS, '_').replace(LEADING, '_').replace(DEVICE, '_$&');
  return shortened(shown || otherwise);
}

/** Keeps the extension, and whole characters. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  let left = MAX_NAME_BYTES - extension.length;
  let stem = '';
  for (const character of name) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    stem += character;
  }
  return stem.replace(TRAILING, '') + extension;
}

function numbered(path: string, n: number): string {
  const extension = EXTENSION.exec(path)?.[0] ?? '';
  return `${path.slice(0, path.length - extension.length)} (${n})${extension}`;
}

/** `a/b/` → `a`, `a/b`: no file may have the path of a folder. */
function withParents(folder: string): string[] {
  const names = folder.split('/').slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}

function same(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
