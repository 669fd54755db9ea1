/** Bytes of COPY's text format (PostgreSQL documentation, COPY, "Text Format"). */
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const BACKSLASH = 0x5c;
export const NULL_MARK = 0x4e;

const ESCAPES: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const SINGLE = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) SINGLE[byte] = byte;
for (const [letter, byte] of Object.entries(ESCAPES)) SINGLE[letter.charCodeAt(0)] = byte;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The byte that stands after a backslash. */
export function unescaped(byte: number): number {
  return SINGLE[byte] ?? byte;
}

/** The value of a field that is not null. */
export function fieldText(bytes: Uint8Array): string {
  if (!bytes.includes(BACKSLASH)) return decoder.decode(bytes);
  const plain = new Uint8Array(bytes.byteLength);
  let end = 0;
  for (let at = 0; at < bytes.byteLength; at++) {
    const byte = bytes[at] ?? 0;
    plain[end++] = byte === BACKSLASH ? unescaped(bytes[++at] ?? 0) : byte;
  }
  return decoder.decode(plain.subarray(0, end));
}

/** Where a number in the database's notation ends, or -1 where the field is something else (NaN, Infinity, a text). */
export function endOfNumber(input: Uint8Array, from: number): number {
  let at = input[from] === 0x2d ? from + 1 : from;
  const digits = endOfDigits(input, at);
  if (digits === at || (input[at] === 0x30 && digits > at + 1)) return -1;
  at = digits;
  if (input[at] === 0x2e) {
    const fraction = endOfDigits(input, at + 1);
    if (fraction === at + 1) return -1;
    at = fraction;
  }
  if (input[at] === 0x65) {
    const sign = input[at + 1];
    const start = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    at = endOfDigits(input, start);
    if (at === start) return -1;
  }
  return input[at] === TAB || input[at] === NEWLINE ? at : -1;
}

function endOfDigits(input: Uint8Array, from: number): number {
  let at = from;
  for (let byte = input[at] as number; byte >= 0x30 && byte <= 0x39; ) byte = input[++at] as number;
  return at;
}
