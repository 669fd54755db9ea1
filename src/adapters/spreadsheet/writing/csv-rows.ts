import type { ColumnType } from './columns.ts';
import { BACKSLASH, endOfNumber, NEWLINE, NULL_MARK, TAB, unescaped } from './copy-text.ts';
import { RowBuffer } from './row-buffer.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const APOSTROPHE = 0x27;
const CR = 0x0d;
const LF = 0x0a;
const ROOM = 64;

/** Bytes of a text that make it need quotes, or that COPY has escaped. */
const SPECIAL = new Uint8Array(256);
for (const byte of [TAB, NEWLINE, BACKSLASH, QUOTE, COMMA]) SPECIAL[byte] = 1;

const encoder = new TextEncoder();
const TRUE = encoder.encode('TRUE');
const FALSE = encoder.encode('FALSE');

/**
 * Makes CSV (RFC 4180) from rows in COPY's text format. Texts that a spreadsheet would take for a formula begin with an
 * apostrophe (OWASP, "CSV Injection"); instants are those of RFC 3339.
 */
export class CsvRows {
  readonly #types: readonly ColumnType[];
  readonly #out = new RowBuffer();
  rows = 0;

  constructor(types: readonly ColumnType[]) {
    this.#types = types;
  }

  get pending(): number {
    return this.#out.length;
  }

  take(): Uint8Array {
    return this.#out.take();
  }

  /** @param input whole rows. */
  encode(input: Uint8Array): void {
    const out = this.#out;
    // No byte becomes more than two, but for `t`, an offset and what is put around a field.
    const room = input.length * 2 + ROOM;
    if (out.bytes.length < out.length + room) out.grow(room);
    for (let at = 0; at < input.length; ) {
      for (const [index, type] of this.#types.entries()) {
        const around = (input.length - at) * 2 + ROOM;
        if (out.bytes.length < out.length + around) out.grow(around);
        if (index > 0) out.bytes[out.length++] = COMMA;
        at = this.#field(type, input, at) + 1;
      }
      if (input[at - 1] !== NEWLINE) throw new Error('a row has more fields than there are columns');
      out.bytes[out.length++] = CR;
      out.bytes[out.length++] = LF;
      this.rows++;
    }
  }

  /** @returns where the field ends. */
  #field(type: ColumnType, input: Uint8Array, at: number): number {
    const byte = input[at] as number;
    if (byte === BACKSLASH && input[at + 1] === NULL_MARK) return at + 2;
    switch (type) {
      case 'integer':
      case 'decimal':
      case 'bytes':
        return this.#number(input, at);
      case 'instant':
        return this.#instant(input, at);
      case 'boolean':
        return this.#boolean(input, at);
      case 'day':
      case 'text':
        return this.#text(input, at);
    }
  }

  #number(input: Uint8Array, from: number): number {
    const end = endOfNumber(input, from);
    if (end === -1) return this.#text(input, from);
    const { bytes } = this.#out;
    for (let at = from; at < end; at++) bytes[this.#out.length++] = input[at] as number;
    return end;
  }

  #boolean(input: Uint8Array, at: number): number {
    const word = input[at] === 0x74 ? TRUE : input[at] === 0x66 ? FALSE : undefined;
    const after = input[at + 1];
    if (!word || (after !== TAB && after !== NEWLINE)) return this.#text(input, at);
    this.#out.bytes.set(word, this.#out.length);
    this.#out.length += word.length;
    return at + 1;
  }

  /** `2026-11-22 10:00:00.5+08` becomes `2026-11-22T10:00:00.5+08:00`. */
  #instant(input: Uint8Array, at: number): number {
    const start = this.#out.length;
    const end = this.#text(input, at);
    const { bytes } = this.#out;
    if (bytes[start + 10] === 0x20) {
      bytes[start + 10] = 0x54;
      const sign = input[end - 3];
      if (sign === 0x2b || sign === 0x2d) {
        for (const byte of [0x3a, 0x30, 0x30]) bytes[this.#out.length++] = byte;
      }
    }
    return end;
  }

  #text(input: Uint8Array, from: number): number {
    const out = this.#out;
    const { bytes } = out;
    const start = out.length;
    let { length } = out;
    let at = from;
    if (mayBeFormula(input, at)) bytes[length++] = APOSTROPHE;
    let byte = input[at] as number;
    while (SPECIAL[byte] === 0) {
      bytes[length++] = byte;
      byte = input[++at] as number;
    }
    if (byte === TAB || byte === NEWLINE) {
      out.length = length;
      return at;
    }
    bytes.copyWithin(start + 1, start, length++);
    bytes[start] = QUOTE;
    for (; byte !== TAB && byte !== NEWLINE; byte = input[++at] as number) {
      if (byte === BACKSLASH) byte = unescaped(input[++at] as number);
      if (byte === QUOTE) bytes[length++] = QUOTE;
      bytes[length++] = byte;
    }
    bytes[length++] = QUOTE;
    out.length = length;
    return at;
  }
}

/** A text for a line of CSV that is not from the database, such as a header. */
export function csvText(text: string): string {
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `=`, `+`, `-`, `@`, a tab or the end of a line, also in their full-width forms. */
function mayBeFormula(input: Uint8Array, at: number): boolean {
  const byte = input[at] as number;
  if (byte === 0x3d || byte === 0x2b || byte === 0x2d || byte === 0x40) return true;
  if (byte === BACKSLASH) {
    const next = input[at + 1];
    return next === 0x74 || next === 0x72 || next === 0x6e;
  }
  if (byte !== 0xef || input[at + 1] !== 0xbc) return false;
  const last = input[at + 2];
  return last === 0x9d || last === 0x8b || last === 0x8d || last === 0xa0;
}
