/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** More ranges than a player or a download manager asks for at once: the whole file is cheaper for both sides. */
const MOST_RANGES = 50;

const BYTES_UNIT = /^bytes=/i;
const RANGE_SPEC = /^(\d*)-(\d*)$/;
/** Numbers of this many digits are exact. */
const EXACT_DIGITS = 15;

/**
 * What a `Range` value asks of `size` bytes (RFC 9110, section 14.1.2). Ranges that overlap or touch become one, so
 * that all together are never more than the file; they stay in the order they were asked for. `'unsatisfiable'` when
 * none of them reaches into the file; undefined where the field is to be ignored (section 14.2): another unit, not
 * well formed, or more than 50 ranges.
 */
export function parseRanges(
  value: string | null,
  size: number,
): readonly ByteRange[] | 'unsatisfiable' | undefined {
  if (value === null || !BYTES_UNIT.test(value)) return undefined;
  const ranges: ByteRange[] = [];
  let specs = 0;
  for (const element of value.slice('bytes='.length).split(',')) {
    const spec = trimBlanks(element);
    // A recipient takes empty elements of a list (section 5.6.1.2).
    if (spec === '') continue;
    if (++specs > MOST_RANGES) return undefined;
    const range = parseSpec(spec, size);
    if (range === undefined) return undefined;
    if (range.start < range.end) ranges.push(range);
  }
  if (specs === 0) return undefined;
  return ranges.length === 0 ? 'unsatisfiable' : coalesce(ranges);
}

/** The bytes that one spec names, none when it lies outside; undefined for one that is not well formed. */
function parseSpec(spec: string, size: number): ByteRange | undefined {
  const match = RANGE_SPEC.exec(spec);
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return undefined;
    return { start: Math.max(0, size - Number(last)), end: size };
  }
  if (last !== '' && isLess(last, first)) return undefined;
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** Whether one row of digits stands for less than another, however long they are. */
function isLess(one: string, other: string): boolean {
  if (one.length <= EXACT_DIGITS && other.length <= EXACT_DIGITS) return Number(one) < Number(other);
  return BigInt(one) < BigInt(other);
}

function coalesce(ranges: readonly ByteRange[]): readonly ByteRange[] {
  if (ranges.length === 1) return ranges;
  const sorted = ranges
    .map(({ start, end }, order) => ({ start, end, order }))
    .sort((one, other) => one.start - other.start);
  const merged: typeof sorted = [];
  for (const range of sorted) {
    const before = merged.at(-1);
    if (before && range.start <= before.end) {
      before.end = Math.max(before.end, range.end);
      before.order = Math.min(before.order, range.order);
    } else {
      merged.push(range);
    }
  }
  return merged.sort((one, other) => one.order - other.order).map(({ start, end }) => ({ start, end }));
}

/** Spaces and tabs only; `trim` would take line ends and Unicode's blanks as well. */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
