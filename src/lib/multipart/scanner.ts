import type { ChunkSource } from './chunk-source.ts';
import { MultipartError } from './error.ts';

/** Longest padding after a boundary, in bytes; with more the line is data, so that a decision never needs much. */
const MAX_PADDING = 64;
/** Bytes of a chunk that are copied behind a remainder at a time, to decide about it; longer than any boundary line. */
const JOIN_BYTES = 512;
const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');
const [CR, LF, DASH, SPACE, TAB] = [13, 10, 45, 32, 9] as const;

/** Bytes of the content, or: the boundary of another part follows, the closing boundary was met, more input is needed. */
export type Step = Uint8Array | 'boundary' | 'close' | 'more';

/**
 * Splits a stream at its boundaries (RFC 2046, section 5.1.1). Everything but `fill` is synchronous, and simultaneous
 * calls of `fill` share one read, so two users can never tear each other's bytes apart.
 *
 * Held: one chunk, and a remainder of at most a boundary line or, within `header`, the header limit.
 */
export class Scanner {
  readonly #source: ChunkSource;
  readonly #delimiter: Buffer;
  // Between content and content the position is at the CRLF that ends a line. It belongs to no content, but to the
  // delimiter if a boundary comes right after it. The very beginning is made to look the same.
  #buffer: Buffer = CRLF;
  #at = 0;
  #skip = CRLF.length;
  /** A chunk of which only the first `#joined` bytes are in the buffer, at its end. */
  #chunk: Buffer | undefined;
  #joined = 0;
  #reading: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: ChunkSource, boundary: string) {
    this.#source = source;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** The next step through content. */
  step(): Step {
    do {
      const step = this.#stepInBuffer();
      if (step !== 'more') return step;
    } while (this.#advance());
    return 'more';
  }

  /**
   * The header block after a boundary, without its last line's end; undefined when more input is needed.
   * @throws MultipartError `header-too-large`: the block is longer than `maxBytes`.
   */
  header(maxBytes: number): Buffer | undefined {
    do {
      const start = this.#at + CRLF.length;
      const end = this.#buffer.indexOf(BLANK_LINE, this.#at);
      const known = (end < 0 ? this.#buffer.length - BLANK_LINE.length + 1 : end) - start;
      if (known > maxBytes) throw new MultipartError('header-too-large');
      if (end >= 0) {
        this.#at = end + CRLF.length;
        this.#skip = CRLF.length;
        return this.#buffer.subarray(start, Math.max(start, end));
      }
    } while (this.#advance());
    return undefined;
  }

  /**
   * Waits for more input.
   * @throws MultipartError `truncated` at its end, `abandoned` after `close`; the source's own error. The first one
   * is thrown ever after.
   */
  fill(): Promise<void> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  /** Reads what follows the closing boundary and drops it. */
  async drain(): Promise<void> {
    this.#drop();
    while ((await this.#source.read()) !== undefined);
  }

  /** Lets go of the source and of what is held; never rejects. */
  async close(): Promise<void> {
    this.#failure ??= { error: new MultipartError('abandoned') };
    this.#drop();
    const closed = this.#source.close();
    // A source that hangs in a read would hang here as well.
    if (this.#reading === undefined) await closed;
  }

  #stepInBuffer(): Step {
    const buffer = this.#buffer;
    let from = this.#at;
    for (;;) {
      const found = buffer.indexOf(this.#delimiter, from);
      if (found < 0) return this.#content(this.#partialDelimiter(from)) ?? 'more';
      const after = found + this.#delimiter.length;
      const line = lineEnd(buffer, after);
      if (line === 'data') {
        from = after;
        continue;
      }
      const content = this.#content(found);
      if (content !== undefined) return content;
      if (line === 'more' || line === 'close') return line;
      this.#at = line;
      return 'boundary';
    }
  }

  /** Content up to `end`, if there is any. */
  #content(end: number): Uint8Array | undefined {
    if (end <= this.#at) return undefined;
    const start = this.#at + this.#skip;
    this.#at = end;
    this.#skip = 0;
    return start < end ? this.#buffer.subarray(start, end) : undefined;
  }

  /** Where the buffer's end may be the beginning of a delimiter; its length when that cannot be. */
  #partialDelimiter(from: number): number {
    const buffer = this.#buffer;
    const lowest = Math.max(from, buffer.length - this.#delimiter.length + 1);
    // No boundary has a CR in it, so only the last one can begin a delimiter.
    for (let i = buffer.length - 1; i >= lowest; i--) {
      if (buffer[i] !== CR) continue;
      const partial = this.#delimiter.compare(buffer, i, buffer.length, 0, buffer.length - i) === 0;
      return partial ? i : buffer.length;
    }
    return buffer.length;
  }

  async #read(): Promise<void> {
    try {
      if (this.#failure) throw this.#failure.error;
      const chunk = await this.#source.read();
      if (chunk === undefined) throw new MultipartError('truncated');
      this.#chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#joined = 0;
      this.#advance();
    } catch (error) {
      this.#failure ??= { error };
      throw this.#failure.error;
    } finally {
      this.#reading = undefined;
    }
  }

  /** Goes on within the chunk at hand; false when there is nothing more of it. */
  #advance(): boolean {
    const chunk = this.#chunk;
    if (chunk === undefined) return false;
    const remainder = this.#buffer.subarray(this.#at);
    if (remainder.length <= this.#joined) {
      // All that is left to look at is the chunk's own: back to it, and no more copies.
      this.#buffer = chunk.subarray(this.#joined - remainder.length);
      this.#joined = chunk.length;
    } else {
      const end = this.#joined + JOIN_BYTES;
      this.#buffer = Buffer.concat([remainder, chunk.subarray(this.#joined, end)]);
      this.#joined = end;
    }
    this.#at = 0;
    if (this.#joined >= chunk.length) this.#chunk = undefined;
    return true;
  }

  #drop(): void {
    this.#buffer = CRLF;
    this.#at = CRLF.length;
    this.#chunk = undefined;
  }
}

/** What follows a boundary at `index`: where the line's CRLF is, `close`, `data` (not a boundary after all) or `more`. */
function lineEnd(buffer: Buffer, index: number): number | 'close' | 'data' | 'more' {
  if (buffer[index] === DASH) {
    if (index + 1 === buffer.length) return 'more';
    return buffer[index + 1] === DASH ? 'close' : 'data';
  }
  let end = index;
  while (end - index < MAX_PADDING && (buffer[end] === SPACE || buffer[end] === TAB)) end++;
  if (end === buffer.length) return 'more';
  if (buffer[end] !== CR) return 'data';
  if (end + 1 === buffer.length) return 'more';
  return buffer[end + 1] === LF ? end : 'data';
}
