import { create } from 'content-disposition';

/** Characters that end a header or a path, or that make a name look like another: controls, separators, bidi marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const MISLEADING = /[\x00-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** What Windows takes off a name's end. */
const LOOSE_END = /[. ]+$/;
const NOT_PLAIN = /[^\x20-\x7e]|["\\%?]/g;

/**
 * `Content-Disposition: attachment` under a name (RFC 6266), in UTF-8 (RFC 8187) with a plain one for old clients.
 * Characters that could not be part of a file name are replaced by `_`; the rest is as it was given.
 * @param plainName for old clients.
 */
export function attachment(name: string, plainName = name): string {
  const safe = safeName(name) || 'file';
  return create(safe, { fallback: (safeName(plainName) || 'file').replace(NOT_PLAIN, '_') });
}

/** The name without what could not be part of a file name; nothing may be left of it. */
export function safeName(name: string): string {
  return name.toWellFormed().replace(MISLEADING, '_').replace(LOOSE_END, '');
}
