/** What Excel takes in one cell, UTF-16 units. */
export const LONGEST_TEXT = 32_767;
/** Stands at the end of a text that was cut. */
export const CUT_MARK = '…';

const NEEDS_ESCAPE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids or readers change.
  /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|_(?=x[0-9A-Fa-f]{4}_)/g;
const MARKUP = /[&<>]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The text as a cell can hold it: at most {@link LONGEST_TEXT} units, ending in {@link CUT_MARK} where some was left out. */
export function cutText(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const end = LONGEST_TEXT - CUT_MARK.length;
  const splitsPair = /[\ud800-\udbff]/.test(text[end - 1] ?? '');
  return text.slice(0, splitsPair ? end - 1 : end) + CUT_MARK;
}

/** The text without characters that XML cannot hold, or that look like what stands for one. */
export function escapeCharacters(text: string): string {
  return text.replace(
    NEEDS_ESCAPE,
    (unit) => `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
  );
}

/**
 * Text for an element of type ST_Xstring (ECMA-376 part 1, 22.9.2.19): what XML cannot hold, and what looks like such an
 * escape, is written `_xHHHH_`; so is a carriage return, which XML readers would turn into a line feed.
 */
export function escapeText(text: string): string {
  return escapeCharacters(text).replace(MARKUP, (character) => ENTITIES[character] ?? character);
}

/** An element `t`, with its spaces kept. */
export function textElement(text: string): string {
  const isPlain = !/^[ \t\n]|\n|[ \t\n]$/.test(text);
  return `<t${isPlain ? '' : ' xml:space="preserve"'}>${escapeText(text)}</t>`;
}
