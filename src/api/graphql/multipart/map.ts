import { AppError } from '../../../errors.ts';
import { PendingUpload } from './upload-queue.ts';

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Puts a PendingUpload wherever the `map` of a GraphQL multipart request says
 * (github.com/jaydenseric/graphql-multipart-request-spec). Paths reach own properties of `variables` only, and only
 * places that hold null.
 * @param maxFiles files that the map may announce, and places that it may name.
 * @throws AppError MULTIPART_INVALID, TOO_MANY_FILES
 */
export function applyMap(
  operations: Record<string, unknown>,
  map: unknown,
  maxFiles: number,
): PendingUpload[] {
  if (!isPlainObject(map)) throw invalid('The map is not an object.');
  const entries = Object.entries(map);
  if (entries.length > maxFiles) throw tooMany(maxFiles);
  let places = 0;
  return entries.map(([key, paths]) => {
    if (!Array.isArray(paths) || paths.length === 0)
      throw invalid(`map[${quote(key)}] is not a list of paths.`);
    places += paths.length;
    if (places > maxFiles) throw tooMany(maxFiles);
    const upload = new PendingUpload(key);
    for (const path of paths) place(operations, path, upload);
    return upload;
  });
}

function place(operations: Record<string, unknown>, path: unknown, upload: PendingUpload): void {
  if (typeof path !== 'string') throw invalid(`map[${quote(upload.key)}] has a path that is not a text.`);
  const [root, ...keys] = path.split('.');
  const last = keys.pop();
  if (root !== 'variables' || last === undefined)
    throw invalid(`The path ${quote(path)} is not in the variables.`);
  let target = operations.variables;
  for (const key of keys) target = ownProperty(target, key, path);
  if (ownProperty(target, last, path) !== null) throw invalid(`The place ${quote(path)} does not hold null.`);
  (target as Record<string, unknown>)[last] = upload;
}

function ownProperty(target: unknown, key: string, path: string): unknown {
  const isContainer = typeof target === 'object' && target !== null && !(target instanceof PendingUpload);
  const isIndex = !Array.isArray(target) || /^(0|[1-9]\d{0,5})$/.test(key);
  if (!isContainer || !isIndex || FORBIDDEN_KEYS.has(key) || !Object.hasOwn(target, key)) {
    throw invalid(`The path ${quote(path)} leads nowhere.`);
  }
  return (target as Record<string, unknown>)[key];
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function invalid(detail: string): AppError {
  return new AppError('MULTIPART_INVALID', { detail });
}

function tooMany(maxFiles: number): AppError {
  return new AppError('TOO_MANY_FILES', {
    detail: { en: `At most ${maxFiles} files are allowed.`, zh: `最多 ${maxFiles} 个文件` },
  });
}
