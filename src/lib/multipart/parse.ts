import { openSource } from './chunk-source.ts';
import { MultipartError } from './error.ts';
import { type PartHeader, parsePartHeader } from './part-header.ts';
import { Scanner } from './scanner.ts';

/** What one body may cost; sizes in bytes. The size of the whole is bounded by whoever gives the source. */
export interface MultipartLimits {
  /** Fields and files together. */
  readonly maxParts: number;
  /** Of one part's header block. */
  readonly maxHeaderBytes: number;
  /** Before the first boundary. */
  readonly maxPreambleBytes: number;
}

/** One field or file. */
export interface Part extends PartHeader {
  /**
   * The part's bytes; they can be read once. Chunks are views of the source's own chunks and hold for as long as those
   * do; keeping a small one keeps its whole chunk alive. Leaving the loop early is fine, the parser skips the rest.
   *
   * Throws MultipartError `truncated` when the body is cut, `abandoned` when the next part was asked for or the parser
   * was ended meanwhile, and the source's own errors.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a multipart/form-data body (RFC 7578) part by part, in the order in which they were sent, and in the memory of
 * one chunk. Reading a part's body is what reads the source; nothing is read ahead. Asking for the next part skips what
 * is left of the one before. What comes after the closing boundary is read and dropped.
 *
 * Once begun, ending the generator cancels the source. An error of the source is thrown to whoever waits for it and
 * to all who ask later, so a cut body is never taken for a complete one.
 *
 * @param boundary as `boundaryOf` gives it.
 * @throws MultipartError `malformed`, `truncated`, `too-many-parts`, `header-too-large`, `preamble-too-large`.
 */
export async function* parseMultipart(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<Part, void, undefined> {
  const scanner = new Scanner(openSource(source), boundary);
  let content = new Content(scanner);
  try {
    await content.skip(limits.maxPreambleBytes);
    for (let parts = 1; !content.last; parts++) {
      if (parts > limits.maxParts) throw new MultipartError('too-many-parts');
      let block = scanner.header(limits.maxHeaderBytes);
      while (block === undefined) {
        await scanner.fill();
        block = scanner.header(limits.maxHeaderBytes);
      }
      content = new Content(scanner);
      yield { ...parsePartHeader(block), body: content };
      await content.skip(Number.POSITIVE_INFINITY);
    }
    await scanner.drain();
  } finally {
    await scanner.close();
  }
}

/**
 * All bytes of a part in one piece that shares no memory with the source.
 * @throws MultipartError `field-too-large`: there are more than `maxBytes`; whatever reading the part throws.
 */
export async function readField(part: Part, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of part.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new MultipartError('field-too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The bytes up to the next boundary. */
class Content implements AsyncIterable<Uint8Array> {
  readonly #scanner: Scanner;
  #state: 'open' | 'ended' | 'given-up' = 'open';
  #read = false;
  /** Whether the closing boundary ended it. */
  last = false;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#read) throw new TypeError('The bytes of a part can be read once.');
    this.#read = true;
    return this.#chunks();
  }

  /** Drops what is left; a reader that still wants it fails. */
  async skip(maxBytes: number): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'given-up';
    let skipped = 0;
    for (;;) {
      const step = this.#scanner.step();
      if (typeof step === 'object') {
        skipped += step.byteLength;
        if (skipped > maxBytes) throw new MultipartError('preamble-too-large');
      } else if (step === 'more') {
        await this.#scanner.fill();
      } else {
        this.last = step === 'close';
        return;
      }
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#state === 'given-up') throw new MultipartError('abandoned');
      const step = this.#scanner.step();
      if (typeof step === 'object') {
        yield step;
      } else if (step === 'more') {
        await this.#scanner.fill();
      } else {
        this.last = step === 'close';
        this.#state = 'ended';
        return;
      }
    }
  }
}
