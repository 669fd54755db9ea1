import { AppError, type ErrorCode } from '../../errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { ProcessPool } from './decoder/process-pool.ts';
import type { PictureHeader } from './header.ts';

/** Headers that one message asks for. */
const MOST_AT_ONCE = 16;
/** For so long headers wait for the one process, ms: a second is worth its start when a picture keeps that from others. */
const HELP_MS = 500;

/** Pictures whose headers a child process reads. */
export interface HeaderJob {
  readonly source: readonly string[];
  readonly maxImagePixels: number;
}

/** A child answers with one for each picture, in their order. */
export type HeaderAnswer = PictureHeader | { readonly code: ErrorCode; readonly reason: string };

export interface HeaderReaderOptions {
  readonly maxImagePixels: number;
  /** ms that reading a header may take, not counting the wait for a turn. */
  readonly deadlineMs: number;
  /** Most child processes. */
  readonly processes: number;
  readonly log: Logger;
  /** Replaces the children's program, for tests. */
  readonly program?: URL;
}

interface Wanted {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (header: PictureHeader) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Has the image library read headers in child processes, since it works on hostile bytes in native code, and since it would
 * keep 18 MB of the server for as long as that runs. What comes while a child is busy goes to it in one message.
 */
export class HeaderReader {
  readonly #pool: ProcessPool<HeaderJob>;
  readonly #processes: number;
  readonly #maxImagePixels: number;
  readonly #waiting: Wanted[] = [];
  /** Of messages that failed as a whole: one of them is to blame, so that each is read by itself. */
  readonly #suspects: Wanted[] = [];
  /** Children that read what has waited, and those that read suspects. */
  readonly #busy = { waiting: 0, suspects: 0 };
  #help: ReturnType<typeof setTimeout> | undefined;

  constructor({ processes, ...options }: HeaderReaderOptions) {
    this.#processes = processes;
    this.#maxImagePixels = options.maxImagePixels;
    this.#pool = new ProcessPool({ program: new URL('./header-process.ts', import.meta.url), ...options });
  }

  /** Starts a child if there is none, so that it is there when a header is to be read. */
  prepare(): void {
    this.#pool.prepare();
  }

  /** @throws AppError IMAGE_TOO_LARGE, FILE_DAMAGED, PROBE_TIMEOUT, SERVICE_UNAVAILABLE; the signal's reason. */
  async read(path: string, signal: AbortSignal | undefined): Promise<PictureHeader> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<PictureHeader>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.#waiting.push({ path, signal, resolve, reject });
    this.#send(1);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** @param most children that may be busy with what waits */
  #send(most: number): void {
    this.#sendSuspects();
    if (this.#waiting.length === 0) return;
    const { waiting, suspects } = this.#busy;
    if (waiting >= most || waiting + suspects >= this.#processes) {
      this.#help ??= setTimeout(() => this.#send(this.#processes), HELP_MS);
      return;
    }
    this.#start('waiting', this.#waiting.splice(0, MOST_AT_ONCE));
  }

  /** To all children at once, so that one which hangs does not hold up the others, but for one that others wait for. */
  #sendSuspects(): void {
    const most = this.#waiting.length > 0 ? Math.max(1, this.#processes - 1) : this.#processes;
    while (this.#busy.suspects < most && this.#busy.waiting + this.#busy.suspects < this.#processes) {
      const suspect = this.#suspects.shift();
      if (!suspect) return;
      this.#start('suspects', [suspect]);
    }
  }

  #start(kind: 'waiting' | 'suspects', all: readonly Wanted[]): void {
    this.#busy[kind]++;
    const next = () => {
      this.#busy[kind]--;
      clearTimeout(this.#help);
      this.#help = undefined;
      this.#send(1);
    };
    this.#readAll(all.filter(({ signal }) => !signal?.aborted)).then(next, next);
  }

  /** Never rejects. */
  async #readAll(batch: readonly Wanted[]): Promise<void> {
    if (batch.length === 0) return;
    const source = batch.map(({ path }) => path);
    try {
      const job: HeaderJob = { source, maxImagePixels: this.#maxImagePixels };
      const answers = await this.#pool.runTwice<HeaderAnswer[]>(job);
      for (const [i, { resolve, reject }] of batch.entries()) {
        const answer = answers[i];
        if (!answer) reject(new AppError('INTERNAL_ERROR'));
        else if ('code' in answer) reject(new AppError(answer.code, { cause: answer.reason }));
        else resolve(answer);
      }
    } catch (error) {
      if (batch.length > 1) this.#suspects.push(...batch);
      else for (const { reject } of batch) reject(error);
    }
  }
}
