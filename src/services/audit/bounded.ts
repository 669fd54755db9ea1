/** UTF-16 units that are kept of a text. */
const MAX_TEXT = 300;
/** Of the texts of one list together. */
const MAX_LIST = 2000;
const MAX_ITEMS = 100;
const CUT = '…';

/** The same with long texts and lists cut, and without what PostgreSQL's JSON cannot hold. */
export function bounded<T>(value: T): T {
  return cut(value) as T;
}

function cut(value: unknown): unknown {
  if (typeof value === 'string') return cutText(value);
  if (Array.isArray(value)) return cutList(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cut(each)]));
}

function cutText(text: string): string {
  const kept = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT - 1) + CUT : text;
  // Half of a surrogate pair may have come, or be left.
  return kept.toWellFormed().replaceAll('\0', '\uFFFD');
}

function cutList(items: readonly unknown[]): unknown[] {
  const kept: unknown[] = [];
  let room = MAX_LIST;
  for (const item of items.slice(0, MAX_ITEMS)) {
    const each = cut(item);
    room -= typeof each === 'string' ? each.length : 0;
    if (room < 0) break;
    kept.push(each);
  }
  return kept.length < items.length ? [...kept, CUT] : kept;
}
