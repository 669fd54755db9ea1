/** A write for each line would cost more than the line. */
const BATCH_CHARACTERS = 64_000;
const BATCH_MS = 100;
const MAX_CHARACTERS = 8 * 1024 * 1024;
const RETRY_MS = 1000;

/** Where lines go. */
export interface LineTarget {
  /** Writes some of the bytes. @returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same at once. */
  writeSync(bytes: Uint8Array): number;
  /**
   * For the end of the process: how many bytes of the write that is under way got through, waiting a moment for it;
   * undefined when nobody can tell.
   */
  landed(): number | undefined;
}

interface LineQueueOptions {
  /** Waiting lines may take so many characters, 8 Mi by default; more are lost. */
  readonly maxCharacters?: number;
  /** After a failed write the next try comes so much later, ms. */
  readonly retryMs?: number;
  /** Called at the first failure of each row of them. */
  readonly onFailure?: (error: unknown) => void;
  /** Called with the number of lines that were lost, when lines get through again. */
  readonly onLost?: (lines: number) => void;
}

/** Lines on their way to a target: whoever writes one never waits, and what waits is bounded. */
export class LineQueue {
  readonly #target: LineTarget;
  readonly #options: LineQueueOptions;
  readonly #maxCharacters: number;
  #batch = '';
  #batchTimer: ReturnType<typeof setTimeout> | undefined;
  /** The first of them is being written. */
  readonly #pieces: string[] = [];
  #characters = 0;
  /** Bytes of the first piece that are written. */
  #written = 0;
  #isWriting = false;
  #pump: Promise<void> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isFailing = false;
  #lost = 0;
  #untold = 0;

  constructor(target: LineTarget, options: LineQueueOptions = {}) {
    this.#target = target;
    this.#options = options;
    this.#maxCharacters = options.maxCharacters ?? MAX_CHARACTERS;
  }

  /** Lines that were lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** @param line with its end. */
  write(line: string): void {
    if (this.#characters + this.#batch.length > this.#maxCharacters) {
      this.#lost++;
      this.#untold++;
      return;
    }
    this.#batch += line;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#pass();
    else this.#batchTimer ??= setTimeout(() => this.#pass(), BATCH_MS).unref();
  }

  /** Resolves when all lines so far are written, or cannot be. */
  async flush(): Promise<void> {
    this.#pass();
    while (this.#pump !== undefined) await this.#pump;
  }

  /** Writes what waits before the process ends, as far as that is possible at once. */
  flushSync(): void {
    this.#gather();
    try {
      if (this.#isWriting) {
        const landed = this.#target.landed();
        if (landed === undefined) return;
        this.#written += landed;
      }
      for (const [i, piece] of this.#pieces.splice(0).entries()) {
        let bytes = Buffer.from(piece).subarray(i === 0 ? this.#written : 0);
        while (bytes.byteLength > 0) bytes = bytes.subarray(this.#target.writeSync(bytes));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #gather(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    if (this.#batch === '') return;
    this.#pieces.push(this.#batch);
    this.#characters += this.#batch.length;
    this.#batch = '';
  }

  #pass(): void {
    this.#gather();
    if (this.#retry !== undefined) return;
    this.#pump ??= this.#writeAll().finally(() => {
      this.#pump = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    try {
      for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
        const bytes = Buffer.from(piece);
        while (this.#written < bytes.byteLength) {
          this.#isWriting = true;
          this.#written += await this.#target.write(bytes.subarray(this.#written));
          this.#isWriting = false;
        }
        this.#pieces.shift();
        this.#characters -= piece.length;
        this.#written = 0;
      }
      this.#recover();
    } catch (error) {
      this.#isWriting = false;
      this.#fail(error);
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#pass();
      }, this.#options.retryMs ?? RETRY_MS).unref();
    }
  }

  #fail(error: unknown): void {
    if (!this.#isFailing) this.#options.onFailure?.(error);
    this.#isFailing = true;
  }

  #recover(): void {
    this.#isFailing = false;
    if (this.#untold === 0) return;
    const lines = this.#untold;
    this.#untold = 0;
    this.#options.onLost?.(lines);
  }
}
