import type { StoredBytes } from '../object-store.ts';
import { StoreError } from '../store-error.ts';
import { networkError, pauseFor, type S3Requests } from './requests.ts';

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Bytes of an object from `start` up to and without `end`, asked for when they are read. */
export class StoredRange implements StoredBytes {
  readonly size: number;
  readonly #requests: S3Requests;
  readonly #key: string;
  readonly #start: number;
  readonly #end: number;

  constructor(requests: S3Requests, key: string, start: number, end: number) {
    this.#requests = requests;
    this.#key = key;
    this.#start = start;
    this.#end = end;
    this.size = end - start;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    let filled = 0;
    for await (const chunk of this.stream()) {
      bytes.set(chunk, filled);
      filled += chunk.byteLength;
    }
    return bytes;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const source = new RangeSource(this.#requests, this.#key, this.#start, this.#end);
    return new ReadableStream(
      {
        async pull(controller) {
          const chunk = await source.next();
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
        cancel: () => source.close(),
      },
      // Nothing is asked for before somebody reads.
      { highWaterMark: 0 },
    );
  }
}

/** Reads on where it was when the connection breaks: a client need not notice. */
class RangeSource {
  readonly #requests: S3Requests;
  readonly #key: string;
  readonly #end: number;
  #position: number;
  #reader: Reader | undefined;
  #transfer = new AbortController();
  #failures = 0;

  constructor(requests: S3Requests, key: string, start: number, end: number) {
    this.#requests = requests;
    this.#key = key;
    this.#position = start;
    this.#end = end;
  }

  /** The next bytes; undefined when all have been read. @throws StoreError */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      if (this.#position >= this.#end) return undefined;
      try {
        const chunk = await this.#read();
        this.#position += chunk.byteLength;
        this.#failures = 0;
        return chunk;
      } catch (error) {
        await this.close();
        if (!(await pauseFor(error, ++this.#failures))) throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#transfer.abort();
    await this.#reader?.cancel().catch(() => {});
    this.#reader = undefined;
  }

  /** Only what the store takes is timed; a client may be as slow as it likes. */
  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#reader) this.#transfer = new AbortController();
    const transfer = this.#transfer;
    const timer = setTimeout(
      () => transfer.abort(new DOMException('no bytes in time', 'TimeoutError')),
      this.#requests.timeoutMs,
    );
    try {
      this.#reader ??= await this.#open(transfer.signal);
      const { value, done } = await this.#reader.read();
      if (done) throw new StoreError('unavailable', 'CUT', `GET ${this.#key}: the bytes end early`);
      return value.subarray(0, this.#end - this.#position);
    } catch (error) {
      throw networkError({ method: 'GET', key: this.#key }, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(signal: AbortSignal): Promise<Reader> {
    const range = `bytes=${this.#position}-${this.#end - 1}`;
    const response = await this.#requests.open({ method: 'GET', key: this.#key, headers: { range }, signal });
    const got = response.headers.get('content-range') ?? '';
    // A store that does not know ranges sends the object from its beginning.
    if (response.status === 206 ? !got.startsWith(`bytes ${this.#position}-`) : this.#position > 0) {
      throw new StoreError('refused', 'NoRange', `GET ${this.#key}: the store did not send ${range}`);
    }
    if (!response.body) throw new StoreError('unavailable', 'CUT', `GET ${this.#key}: no bytes came`);
    return response.body.getReader() as Reader;
  }
}
