/** C1 controls, marks and separators that change what a terminal or an editor shows, the lines included. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const EACH_INVISIBLE = new RegExp(INVISIBLE, 'g');

/** Replaces what JSON leaves as it is though nobody sees it by its escape (RFC 8259, section 7). */
export function withVisibleMarks(text: string): string {
  if (!INVISIBLE.test(text)) return text;
  return text.replace(EACH_INVISIBLE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
