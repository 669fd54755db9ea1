import { AppError } from '../errors.ts';
import { BodyMemory } from '../lib/body-memory.ts';

/** A client that sends nothing for this long is cut off, ms. */
const STALL_MS = 30_000;
const CHECK_MS = 1_000;

/** Fewer uploads at once leave garbage that does not matter. */
const MANY_UPLOADS = 8;

const memory = new BodyMemory(MANY_UPLOADS);
const counted = new WeakMap<Request, number>();

/**
 * The bytes of a request as they come, counted and watched.
 * @throws AppError REQUEST_TOO_LARGE, REQUEST_TIMEOUT, or MULTIPART_INVALID when the client has left.
 */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #request: Request;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #maxBytes: number;
  #bytes = 0;
  /** Since when a read waits, ms since 1970; 0 when none does. */
  #waitingSince = 0;
  #stalled = false;

  constructor(request: Request, maxBytes: number) {
    declaredBytes(request, maxBytes);
    this.#request = request;
    this.#reader = request.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
    this.#maxBytes = maxBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    const reader = this.#reader;
    if (!reader) return;
    const watchdog = setInterval(() => this.#checkStall(), CHECK_MS);
    let finished = false;
    memory.begin();
    try {
      for (;;) {
        this.#waitingSince = Date.now();
        const { done, value } = await reader.read();
        this.#waitingSince = 0;
        if (done) break;
        this.#bytes += value.byteLength;
        memory.read(value.byteLength);
        counted.set(this.#request, this.#bytes);
        if (this.#bytes > this.#maxBytes) throw tooLarge(this.#maxBytes);
        yield value;
      }
      if (this.#stalled) throw new AppError('REQUEST_TIMEOUT');
      finished = true;
    } catch (error) {
      if (this.#stalled) throw new AppError('REQUEST_TIMEOUT');
      if (error instanceof AppError) throw error;
      throw new AppError('MULTIPART_INVALID', { cause: error, detail: 'The body was cut off.' });
    } finally {
      clearInterval(watchdog);
      memory.end();
      if (!finished) await reader.cancel().catch(() => {});
    }
  }

  #checkStall(): void {
    if (this.#waitingSince === 0 || Date.now() - this.#waitingSince < STALL_MS) return;
    this.#stalled = true;
    void this.#reader?.cancel().catch(() => {});
  }
}

/** Bytes that a request declares for its body, 0 where it does not. @throws AppError REQUEST_TOO_LARGE */
export function declaredBytes(request: Request, maxBytes: number): number {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  return declared;
}

/** Bytes of a request's body: those that were read, else what it declares; undefined where nobody knows. */
export function bodyBytes(request: Request): number | undefined {
  const read = counted.get(request);
  if (read !== undefined) return read;
  const declared = request.headers.get('content-length');
  return declared === null ? undefined : Number(declared);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('REQUEST_TOO_LARGE', {
    detail: { en: `At most ${maxBytes} bytes are allowed.`, zh: `最多 ${maxBytes} 字节` },
  });
}
