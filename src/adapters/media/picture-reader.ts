import { AppError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';
import type { Logger } from '../../lib/logger.ts';
import { PROCESS_ENDED, ProcessPool } from './decoder/process-pool.ts';
import type { PictureHeader } from './header.ts';

/** ms; the image library gives up by itself after 20 s. */
const PLACEHOLDER_DEADLINE_MS = 25_000;

/** One piece of work, as a child process gets it. */
export interface ExamineJob {
  readonly work: 'header' | 'placeholder';
  readonly source: string | Uint8Array;
  readonly maxImagePixels: number;
}

export interface PictureReaderOptions {
  readonly maxImagePixels: number;
  /** ms that reading a header may take, not counting the wait for a turn. */
  readonly deadlineMs: number;
  /** Headers that are read at once. */
  readonly processes: number;
  readonly log: Logger;
  /** Replaces the children's program, for tests. */
  readonly program?: URL;
}

/**
 * Has the image library look at pictures in child processes, since it works on hostile bytes in native code, and since it
 * would keep 18 MB of the server for as long as that runs.
 */
export class PictureReader {
  readonly #pool: ProcessPool<ExamineJob>;
  readonly #turns: Limiter;
  readonly #maxImagePixels: number;

  constructor({ processes, ...options }: PictureReaderOptions) {
    this.#turns = new Limiter({ concurrency: processes });
    this.#maxImagePixels = options.maxImagePixels;
    this.#pool = new ProcessPool({
      program: new URL('./examine-process.ts', import.meta.url),
      ...options,
    });
  }

  /** @throws AppError IMAGE_TOO_LARGE, FILE_DAMAGED, PROBE_TIMEOUT, SERVICE_UNAVAILABLE; the signal's reason. */
  async readHeader(path: string, signal: AbortSignal | undefined): Promise<PictureHeader> {
    const job: ExamineJob = { work: 'header', source: path, maxImagePixels: this.#maxImagePixels };
    const reading = this.#turns.run(async () => {
      signal?.throwIfAborted();
      return await this.#run<PictureHeader>(job);
    });
    return await unlessAborted(reading, signal);
  }

  /**
   * The ThumbHash of a picture in base64, about 30 characters; null for HEIC. How many are made at once is the caller's
   * business.
   * @throws AppError FILE_DAMAGED when it does not decode, IMAGE_TOO_LARGE, PROBE_TIMEOUT, SERVICE_UNAVAILABLE
   */
  makePlaceholder(source: string | Uint8Array): Promise<string | null> {
    const job: ExamineJob = { work: 'placeholder', source, maxImagePixels: this.#maxImagePixels };
    return this.#run<string | null>(job, PLACEHOLDER_DEADLINE_MS);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** When memory is short the system ends these processes first: only a picture that ends two is to blame. */
  async #run<Result>(job: ExamineJob, deadlineMs?: number): Promise<Result> {
    try {
      return await this.#pool.run<Result>(job, deadlineMs);
    } catch (error) {
      if (!(error instanceof AppError) || error.cause !== PROCESS_ENDED) throw error;
      return await this.#pool.run<Result>(job, deadlineMs);
    }
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([work, left]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
