import { ownBytes } from '../../lib/free-bytes.ts';
import { parseFields } from './answer-head.ts';
import { type Framing, FramingError } from './framing.ts';

const CR = 13;
const LF = 10;
/** Digits of a chunk's size: up to 4 GiB, and zeros before it. */
const MAX_DIGITS = 16;
/** Of all lines between the chunks but for their sizes (extensions, trailer fields), bytes. */
const MAX_EXTRA_BYTES = 16_384;

/** What each byte is worth as a digit of a chunk's size; below 0: none. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
);

/** They would come too late (section 6.5.1 of RFC 9110). */
const FRAMING_FIELDS = ['content-length', 'transfer-encoding'];

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const SIZE_LINE = new RegExp(`^([\\da-f]+)(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*$`, 'i');

/** A body in chunks (RFC 9112, section 7.1). Extensions and trailer fields are checked and left out. */
export class ChunkedBody implements Framing {
  isComplete = false;
  hasSurplus = false;
  #state: 'size' | 'data' | 'data end' | 'trailer' = 'size';
  /** Of the present chunk, bytes. */
  #left = 0;
  /** What has come of a line. */
  #line = '';
  #extraBytes = 0;

  take(chunk: Uint8Array): Uint8Array {
    // What is found moves to the front, over the lines that were read.
    let found = 0;
    let at = 0;
    while (at < chunk.byteLength && !this.isComplete) {
      if (this.#state === 'data') {
        const bytes = Math.min(this.#left, chunk.byteLength - at);
        if (found !== at) chunk.copyWithin(found, at, at + bytes);
        found += bytes;
        at += bytes;
        this.#left -= bytes;
        if (this.#left === 0) this.#state = 'data end';
      } else {
        at = this.#skipPlain(chunk, at) ?? this.#readLine(chunk, at);
      }
    }
    if (at < chunk.byteLength) this.hasSurplus = true;
    return ownBytes(chunk, 0, found);
  }

  end(): boolean {
    return this.isComplete;
  }

  /**
   * Does what `#readLine` does for the lines that are almost all there are: whoever sends little else than lines shall not
   * keep us busy for long.
   * @returns where it is read on; undefined for other lines.
   */
  #skipPlain(chunk: Uint8Array, from: number): number | undefined {
    if (this.#line !== '' || this.#state === 'trailer') return undefined;
    let at = from;
    let size = 0;
    if (this.#state === 'size') {
      for (; at < from + MAX_DIGITS; at++) {
        const digit = DIGITS[chunk[at] ?? 0] ?? -1;
        if (digit < 0) break;
        size = size * 16 + digit;
      }
      if (size === 0 || !Number.isSafeInteger(size)) return undefined;
    }
    if (chunk[at] !== CR || chunk[at + 1] !== LF) return undefined;
    this.#state = this.#state === 'size' ? 'data' : 'size';
    this.#left = size;
    return at + 2;
  }

  /** @returns where it is read on. */
  #readLine(chunk: Uint8Array, from: number): number {
    const lf = chunk.indexOf(LF, from);
    const to = lf < 0 ? chunk.byteLength : lf + 1;
    // Before it is kept: a line may have no end.
    if (this.#line.length + to - from > MAX_EXTRA_BYTES) throw new FramingError('a line that is too long');
    this.#line += latin1(chunk.subarray(from, to));
    if (lf < 0) return to;
    if (this.#line.charCodeAt(this.#line.length - 2) !== CR) throw new FramingError('a line without CR');
    const line = this.#line.slice(0, -2);
    this.#line = '';
    this.#takeLine(line);
    return to;
  }

  #takeLine(line: string): void {
    if (this.#state === 'size') {
      const digits = SIZE_LINE.exec(line)?.[1];
      if (digits === undefined || digits.length > MAX_DIGITS) throw new FramingError('no size of a chunk');
      this.#left = Number.parseInt(digits, 16);
      if (!Number.isSafeInteger(this.#left)) throw new FramingError('the size of a chunk');
      this.#countExtra(line.length - digits.length);
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    } else if (this.#state === 'data end') {
      if (line !== '') throw new FramingError('a chunk longer than its size');
      this.#state = 'size';
    } else if (line === '') {
      this.isComplete = true;
    } else {
      const field = parseFields([line]);
      if (!field || FRAMING_FIELDS.some((name) => field.has(name))) throw new FramingError('a trailer field');
      this.#countExtra(line.length);
    }
  }

  #countExtra(bytes: number): void {
    this.#extraBytes += bytes;
    if (this.#extraBytes > MAX_EXTRA_BYTES) throw new FramingError('too much between the chunks');
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
