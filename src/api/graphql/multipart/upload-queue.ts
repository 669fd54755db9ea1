import { AppError } from '../../../errors.ts';
import { MultipartError, type Part } from '../../../lib/multipart/index.ts';
import type { IncomingFile } from '../../../services/material/ingest/staged-file.ts';

/** A file that the `map` announces. It stands in the variables until its part comes. */
export class PendingUpload {
  readonly key: string;
  receiver: Receiver | undefined;
  arrived = false;
  /** Why it can no longer be had. */
  skipped: AppError | undefined;

  constructor(key: string) {
    this.key = key;
  }
}

/** An arrived file, told with the upload that it belongs to. */
export interface Arrival {
  readonly upload: PendingUpload;
  readonly file: IncomingFile;
}

/**
 * Brings the file parts of a body, which come in any order, to the resolvers that wait for them. Nothing is buffered: a
 * part is read while its resolver takes it. A part that nobody has asked for yet waits, unless a resolver waits for a
 * later one, since then neither would ever go on; it is skipped.
 */
export class UploadQueue {
  readonly #byKey: ReadonlyMap<string, PendingUpload>;
  readonly #parts: AsyncIterator<Part>;
  #closing = false;
  #changed = Promise.withResolvers<void>();
  #pump: Promise<void> | undefined;
  /** What is wrong with the body. */
  #fault: AppError | undefined;

  constructor(uploads: readonly PendingUpload[], parts: AsyncIterator<Part>) {
    this.#byKey = new Map(uploads.map((upload) => [upload.key, upload]));
    this.#parts = parts;
  }

  /**
   * The files of these uploads as they arrive. Asking for the next one ends the one before. After the last file of the
   * body it reads on to the body's end, so that nothing is kept of a body that is broken there.
   * @throws AppError MULTIPART_INVALID and others of a broken body; UPLOAD_ORDER when one of them went by.
   */
  async *receive(uploads: readonly PendingUpload[]): AsyncGenerator<Arrival, void, void> {
    const receiver = new Receiver();
    const wanted = new Set(uploads);
    for (const upload of wanted) {
      if (upload.skipped) throw upload.skipped;
      if (upload.receiver)
        throw new AppError('UPLOAD_ORDER', { detail: 'A file can be used by one field only.' });
      upload.receiver = receiver;
    }
    this.#pump ??= this.#run();
    this.#notify();
    try {
      for (let left = wanted.size; left > 0; left--) yield await receiver.next();
    } finally {
      receiver.end();
    }
    if (![...this.#byKey.values()].every((upload) => upload.arrived)) return;
    await this.#pump;
    if (this.#fault) throw this.#fault;
  }

  /** Reads what is left of the body, so that the client can read the answer. Resolves in any case. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#notify();
    this.#pump ??= this.#run();
    await this.#pump;
    await this.#drain();
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const { done, value: part } = await this.#parts.next();
        if (done) break;
        if (!this.#closing) await this.#dispatch(part);
      }
      for (const upload of this.#byKey.values()) {
        if (!upload.arrived) throw invalid(`The file ${JSON.stringify(upload.key)} of the map did not come.`);
      }
    } catch (error) {
      const reason = toMultipartFault(error);
      this.#fault = reason;
      for (const upload of this.#byKey.values()) {
        upload.skipped ??= reason;
        upload.receiver?.fail(reason);
      }
    }
  }

  /** After a part that has no place the rest is still to be read. */
  async #drain(): Promise<void> {
    try {
      for (let step = await this.#parts.next(); !step.done; step = await this.#parts.next());
    } catch {
      // Only the bytes are to go; what is wrong with them is told already.
    }
  }

  async #dispatch(part: Part): Promise<void> {
    const upload = this.#byKey.get(part.name);
    if (!upload) throw invalid(`The part ${JSON.stringify(part.name.slice(0, 100))} is not in the map.`);
    if (upload.arrived) throw invalid(`The file ${JSON.stringify(upload.key)} came twice.`);
    if (part.filename === undefined) throw invalid(`The part ${JSON.stringify(upload.key)} is not a file.`);
    upload.arrived = true;
    while (!upload.receiver && !this.#closing) {
      if (this.#someoneWaits()) {
        upload.skipped = new AppError('UPLOAD_ORDER');
        return;
      }
      await this.#changed.promise;
    }
    const file = { filename: part.filename, chunks: multipartChunks(part.body) };
    await upload.receiver?.hand({ upload, file });
  }

  #someoneWaits(): boolean {
    return [...this.#byKey.values()].some((upload) => upload.receiver?.isOpen && !upload.arrived);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** One resolver's side of the queue: holds at most one arrival. */
class Receiver {
  #arrival: { value: Arrival; done: () => void } | undefined;
  #waiting: PromiseWithResolvers<Arrival> | undefined;
  #finishCurrent: (() => void) | undefined;
  #failure: AppError | undefined;
  isOpen = true;

  /** Resolves when the resolver has gone on to the next file, or has ended. */
  hand(value: Arrival): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    return new Promise((done) => {
      this.#arrival = { value, done };
      this.#deliver();
    });
  }

  next(): Promise<Arrival> {
    this.#finish();
    this.#waiting = Promise.withResolvers();
    this.#deliver();
    return this.#waiting.promise;
  }

  fail(error: AppError): void {
    this.#failure ??= error;
    this.#deliver();
  }

  end(): void {
    this.isOpen = false;
    this.#finish();
    this.#arrival?.done();
  }

  #deliver(): void {
    if (!this.#waiting) return;
    if (this.#arrival) {
      this.#finishCurrent = this.#arrival.done;
      this.#waiting.resolve(this.#arrival.value);
      this.#arrival = undefined;
      this.#waiting = undefined;
    } else if (this.#failure) {
      this.#waiting.reject(this.#failure);
      this.#waiting = undefined;
    }
  }

  #finish(): void {
    this.#finishCurrent?.();
    this.#finishCurrent = undefined;
  }
}

/** The catalogue's name for what is wrong with a multipart body. */
export function toMultipartFault(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof MultipartError)
    return new AppError('MULTIPART_INVALID', { detail: error.message, cause: error });
  return new AppError('MULTIPART_INVALID', { cause: error });
}

async function* multipartChunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body;
  } catch (error) {
    throw toMultipartFault(error);
  }
}

function invalid(detail: string): AppError {
  return new AppError('MULTIPART_INVALID', { detail });
}
