import { parseHttpDate } from './http-date.ts';

/** What a client's copy is compared with. */
export interface Validators {
  /** A strong entity tag with its quotes. */
  readonly etag: string;
  /** Of `Last-Modified`, seconds since 1970. */
  readonly lastModified: number;
}

/** The part of `Headers` that is used. */
interface FieldReader {
  get(name: string): string | null;
}

/** One member of a list of entity tags; commas may stand inside of the quotes (RFC 9110, section 8.8.3). */
const LISTED_TAG = /[ \t,]*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/y;

/**
 * Whether a request may go on, in the order of RFC 9110, section 13.2.2: `'failed'` is 412, `'not-modified'` is 304.
 * `If-Range` decides something else: see `isSameForRange`.
 */
export function evaluateConditions(
  method: string,
  headers: FieldReader,
  current: Validators,
): 'proceed' | 'not-modified' | 'failed' {
  const isRead = method === 'GET' || method === 'HEAD';
  const ifMatch = headers.get('if-match');
  if (ifMatch !== null) {
    if (!listHas(ifMatch, current.etag, 'strong')) return 'failed';
  } else {
    const unmodifiedSince = dateOf(headers.get('if-unmodified-since'));
    if (unmodifiedSince !== undefined && current.lastModified > unmodifiedSince) return 'failed';
  }
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== null) {
    if (!listHas(ifNoneMatch, current.etag, 'weak')) return 'proceed';
    return isRead ? 'not-modified' : 'failed';
  }
  const modifiedSince = isRead ? dateOf(headers.get('if-modified-since')) : undefined;
  return modifiedSince !== undefined && current.lastModified <= modifiedSince ? 'not-modified' : 'proceed';
}

/**
 * Whether a `Range` counts: the client's part is of these very bytes (RFC 9110, section 13.1.5). A date has to be the
 * one that was sent as Last-Modified; a weak tag never suffices.
 */
export function isSameForRange(ifRange: string | null, current: Validators): boolean {
  if (ifRange === null || ifRange === current.etag) return true;
  return dateOf(ifRange) === current.lastModified;
}

/** The list of an `If-Match` or `If-None-Match`; one that is not well formed has nothing in it. */
function listHas(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list === etag || list.trim() === '*') return true;
  let found = false;
  LISTED_TAG.lastIndex = 0;
  for (let at = 0; at < list.length; at = LISTED_TAG.lastIndex) {
    const match = LISTED_TAG.exec(list);
    // What is left may be commas and blanks.
    if (!match) return found && /^[ \t,]*$/.test(list.slice(at));
    const [, weak, tag] = match;
    found ||= tag === etag && (comparison === 'weak' || weak === undefined);
  }
  return found;
}

function dateOf(value: string | null): number | undefined {
  return value === null ? undefined : parseHttpDate(value);
}
