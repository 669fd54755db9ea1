import { cutText, LONGEST_TEXT, textElement } from './cell-text.ts';
import type { ColumnType } from './columns.ts';
import { BACKSLASH, endOfNumber, fieldText, NEWLINE, NULL_MARK, TAB } from './copy-text.ts';
import { daysOf, EPOCH_SERIAL, FIRST_SERIAL, LAST_SERIAL } from './excel-dates.ts';
import { RowBuffer } from './row-buffer.ts';

/** Rows of one sheet (ECMA-376 part 1, 18.3.1.73), its header among them. */
export const MOST_ROWS = 1_048_576;

/** Digits that Excel keeps. */
const MOST_DIGITS = 15;
const DAY_US = 86_400_000_000;
/** A fraction of a day is written with ten digits, which is 9 µs. */
const FRACTION = 1e10;
/** No byte of a value becomes more than these: `_x0001_`. */
const EXPANSION = 7;
/** More than what stands around a value. */
const FRAME = 160;

const COPY = 0;
const END = 1;
const AMPERSAND = 2;
const LESS = 3;
const GREATER = 4;
const UNDERSCORE = 5;
const RARE = 6;

/** What becomes of a byte of text. */
const KINDS = new Uint8Array(256).fill(COPY);
KINDS.fill(RARE, 0, 0x20);
KINDS[TAB] = END;
KINDS[NEWLINE] = END;
KINDS[0x26] = AMPERSAND;
KINDS[0x3c] = LESS;
KINDS[0x3e] = GREATER;
KINDS[0x5f] = UNDERSCORE;
KINDS[BACKSLASH] = RARE;

const encoder = new TextEncoder();
const TEXT_END = encoder.encode('</t></is></c>');
const NUMBER_END = encoder.encode('</v></c>');
const ROW_START = encoder.encode('<row r="');
const ROW_OPENED = encoder.encode('">');
const ROW_END = encoder.encode('</row>');
const AMP = encoder.encode('&amp;');
const LT = encoder.encode('&lt;');
const GT = encoder.encode('&gt;');
const TEXT_KIND = encoder.encode('" t="inlineStr"><is><t>');

interface Column {
  readonly type: ColumnType;
  /** `<c r="AB` */
  readonly start: Uint8Array;
  /** From the row's number to the value. */
  readonly number: Uint8Array;
  readonly boolean: Uint8Array;
}

/** Makes rows of a sheet from rows in COPY's text format, byte by byte: most cells never become a string. */
export class XmlRows {
  /** Number of the row that comes next. */
  row: number;
  /** Texts that were longer than a cell can be. */
  cutCells = 0;
  readonly #columns: readonly Column[];
  readonly #out = new RowBuffer();
  readonly #digits = new Uint8Array(8);

  /** @param styles index of each column's cell format; those of texts are not used. */
  constructor(types: readonly ColumnType[], styles: readonly number[], firstRow: number) {
    this.row = firstRow;
    this.#columns = types.map((type, index) => ({
      type,
      start: encoder.encode(`<c r="${columnName(index)}`),
      number: encoder.encode(`" s="${styles[index] ?? 0}"><v>`),
      boolean: encoder.encode(`" s="${styles[index] ?? 0}" t="b"><v>`),
    }));
  }

  /** Bytes that wait to be taken. */
  get pending(): number {
    return this.#out.length;
  }

  take(): Uint8Array {
    return this.#out.take();
  }

  /** The memory of what was taken is free again. */
  giveBack(taken: Uint8Array): void {
    this.#out.giveBack(taken);
  }

  /**
   * @param input whole rows.
   * @returns where it stopped: the end, or the first row that this sheet has no room for.
   */
  encode(input: Uint8Array, from = 0): number {
    let at = from;
    while (at < input.length && this.row <= MOST_ROWS) at = this.#encodeRow(input, at);
    return at;
  }

  #encodeRow(input: Uint8Array, from: number): number {
    const out = this.#out;
    let { bytes, length } = out;
    if (bytes.length < length + FRAME) bytes = out.grow(FRAME);
    const digits = this.#digits;
    const first = writeDigits(this.row, digits);
    length = put(ROW_START, bytes, length);
    for (let i = first; i < digits.length; i++) bytes[length++] = digits[i] as number;
    out.length = put(ROW_OPENED, bytes, length);
    let at = from;
    for (const column of this.#columns) {
      const byte = input[at] as number;
      if (byte === TAB || byte === NEWLINE) {
        at++;
        continue;
      }
      if (byte === BACKSLASH && input[at + 1] === NULL_MARK) {
        at += 3;
        continue;
      }
      if (out.bytes.length < out.length + FRAME) out.grow(FRAME);
      at = this.#encodeCell(column, input, at, first) + 1;
    }
    if (input[at - 1] !== NEWLINE) throw new Error('a row has more fields than there are columns');
    if (out.bytes.length < out.length + FRAME) out.grow(FRAME);
    out.length = put(ROW_END, out.bytes, out.length);
    this.row++;
    return at;
  }

  /** @returns where the field ends. */
  #encodeCell(column: Column, input: Uint8Array, at: number, firstDigit: number): number {
    const out = this.#out;
    const before = out.length;
    let length = put(column.start, out.bytes, before);
    for (let i = firstDigit; i < this.#digits.length; i++) out.bytes[length++] = this.#digits[i] as number;
    out.length = length;
    let end = -1;
    switch (column.type) {
      case 'text':
        break;
      case 'integer':
      case 'decimal':
      case 'bytes':
        end = this.#number(column, input, at);
        break;
      case 'instant':
      case 'day':
        end = this.#date(column, input, at);
        break;
      case 'boolean':
        end = this.#boolean(column, input, at);
        break;
    }
    if (end !== -1) return end;
    out.length = length;
    end = this.#text(input, at);
    if (end !== -1) return end;
    out.length = length;
    return this.#rareText(input, at);
  }

  /** @returns -1 where the field is no number that Excel keeps as it is. */
  #number(column: Column, input: Uint8Array, from: number): number {
    const end = endOfNumber(input, from);
    if (end === -1 || (end - from > MOST_DIGITS && !isKept(input, from, end))) return -1;
    const out = this.#out;
    const { bytes } = out;
    let length = put(column.number, bytes, out.length);
    for (let at = from; at < end; at++) bytes[length++] = input[at] as number;
    out.length = put(NUMBER_END, bytes, length);
    return end;
  }

  /** @returns -1 where spreadsheets have no such date. */
  #date(column: Column, input: Uint8Array, at: number): number {
    if (input[at + 4] !== 0x2d || input[at + 7] !== 0x2d) return -1;
    const year = two(input, at) * 100 + two(input, at + 2);
    const serial = daysOf(year, two(input, at + 5), two(input, at + 8)) + EPOCH_SERIAL;
    if (!(serial >= FIRST_SERIAL && serial <= LAST_SERIAL)) return -1;
    let end = at + 10;
    let micros = 0;
    if (input[end] === 0x20 && input[end + 3] === 0x3a) {
      micros = (two(input, end + 1) * 3600 + two(input, end + 4) * 60 + two(input, end + 7)) * 1e6;
      end += 9;
      if (input[end] === 0x2e) {
        for (let unit = 1e5, byte = input[++end] as number; byte >= 0x30 && byte <= 0x39; unit /= 10) {
          micros += (byte - 0x30) * unit;
          byte = input[++end] as number;
        }
      }
      // The offset is what the clock's time has been made with.
      for (let byte = input[end] as number; isOffset(byte); ) byte = input[++end] as number;
    }
    if (input[end] !== TAB && input[end] !== NEWLINE) return -1;
    const out = this.#out;
    const { bytes } = out;
    let length = put(column.number, bytes, out.length);
    length = putNumber(serial, bytes, length);
    if (micros > 0) {
      bytes[length++] = 0x2e;
      const fraction = Math.min(Math.round((micros / DAY_US) * FRACTION), FRACTION - 1);
      let rest = fraction;
      for (let place = length + 9; place >= length; place--) {
        const tenth = Math.floor(rest / 10);
        bytes[place] = 0x30 + (rest - tenth * 10);
        rest = tenth;
      }
      length += 10;
    }
    out.length = put(NUMBER_END, bytes, length);
    return end;
  }

  #boolean(column: Column, input: Uint8Array, at: number): number {
    const byte = input[at];
    const after = input[at + 1];
    if ((byte !== 0x74 && byte !== 0x66) || (after !== TAB && after !== NEWLINE)) return -1;
    const out = this.#out;
    const length = put(column.boolean, out.bytes, out.length);
    out.bytes[length] = byte === 0x74 ? 0x31 : 0x30;
    out.length = put(NUMBER_END, out.bytes, length + 1);
    return at + 1;
  }

  /** @returns -1 where the field has something that {@link #rareText} is for. */
  #text(input: Uint8Array, from: number): number {
    const out = this.#out;
    let { bytes } = out;
    let length = put(TEXT_KIND, bytes, out.length);
    let limit = bytes.length - FRAME;
    let at = from;
    for (; ; at++) {
      const byte = input[at] as number;
      if (length > limit) {
        out.length = length;
        bytes = out.grow(FRAME);
        limit = bytes.length - FRAME;
      }
      if (byte === 0xef) {
        // U+FFFE and U+FFFF.
        if (input[at + 1] === 0xbf && (input[at + 2] as number) >= 0xbe) return -1;
        bytes[length++] = byte;
        continue;
      }
      const kind = KINDS[byte] as number;
      if (kind === COPY) bytes[length++] = byte;
      else if (kind === END) break;
      else if (kind === AMPERSAND) length = put(AMP, bytes, length);
      else if (kind === LESS) length = put(LT, bytes, length);
      else if (kind === GREATER) length = put(GT, bytes, length);
      else if (kind === UNDERSCORE && input[at + 1] !== 0x78) bytes[length++] = byte;
      else return -1;
    }
    if (at - from > LONGEST_TEXT || input[from] === 0x20 || input[at - 1] === 0x20) return -1;
    out.length = put(TEXT_END, bytes, length);
    return at;
  }

  #rareText(input: Uint8Array, from: number): number {
    const out = this.#out;
    let end = from;
    while (input[end] !== TAB && input[end] !== NEWLINE) end++;
    const text = fieldText(input.subarray(from, end));
    const cut = cutText(text);
    if (cut !== text) this.cutCells++;
    const element = `" t="inlineStr"><is>${textElement(cut)}</is></c>`;
    const room = Math.min(element.length * 3, (end - from) * EXPANSION) + FRAME;
    if (out.bytes.length < out.length + room) out.grow(room);
    out.length += encoder.encodeInto(element, out.bytes.subarray(out.length)).written;
    return end;
  }
}

/** `A` for 0, `AB` for 27. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(0x41 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}

function put(piece: Uint8Array, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < piece.length; i++) bytes[at + i] = piece[i] as number;
  return at + piece.length;
}

/** Right-aligned. @returns where the first digit is. */
function writeDigits(value: number, digits: Uint8Array): number {
  let rest = value;
  let place = digits.length;
  do {
    const tenth = Math.floor(rest / 10);
    digits[--place] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  } while (rest > 0);
  return place;
}

/** Of five to seven digits. */
function putNumber(value: number, bytes: Uint8Array, at: number): number {
  const size =
    value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : value < 100_000 ? 5 : value < 1_000_000 ? 6 : 7;
  let rest = value;
  for (let place = at + size - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  return at + size;
}

/**
 * Whether Excel keeps a number of more than 15 bytes: of what comes after the point it may lose digits, so that a third is
 * still a number, before it none.
 */
function isKept(input: Uint8Array, from: number, end: number): boolean {
  if (end - from > FRAME / 4) return false;
  let at = input[from] === 0x2d ? from + 1 : from;
  const start = at;
  while (at < end && (input[at] as number) >= 0x30) {
    // An exponent is the sign of a number that was never exact.
    if (input[at] === 0x65) return true;
    at++;
  }
  return at - start <= MOST_DIGITS;
}

/** NaN where there are no two digits. */
function two(input: Uint8Array, at: number): number {
  const tens = (input[at] as number) - 0x30;
  const ones = (input[at + 1] as number) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function isOffset(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x3a;
}
