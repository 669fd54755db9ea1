import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import { isDecoderMessage, type JobAnswer, type NumberedJob } from './take-jobs.ts';

/** ms between two looks at the memory of a job that takes long. */
const MEMORY_CHECK_MS = 50;
const START_PATIENCE_MS = 10_000;
const PAGE_BYTES = 4096;

/** Bytes of a decoder beside its pixels. */
const BASE_MEMORY_BYTES = 512 * 1024 * 1024;
/** Of a picture with 16 bits in each of four channels, which has to be in memory as a whole. */
const BYTES_A_PIXEL = 8;
const IDLE_MS = 5_000;
const RETRY_AFTER_SECONDS = 5;

/** The cause of an error of a job whose process ended, for whatever reason. */
const PROCESS_ENDED = 'its process ended';

export interface ProcessPoolOptions {
  /** The children's; it calls `takeJobs`. */
  readonly program: URL;
  readonly maxImagePixels: number;
  /** ms for one job. */
  readonly deadlineMs: number;
  /** ms after which a process without a job ends, 5,000 by default. */
  readonly idleMs?: number | undefined;
  readonly log: Logger;
}

/** What happens with the next event of a child. */
type Listener = (event: JobAnswer | 'ready' | 'gone') => void;

interface Child {
  readonly process: Subprocess<'ignore', 'ignore', 'ignore'>;
  /** Of the job that it has or is to get. */
  listener: Listener | undefined;
  /** Of the job that it has. */
  number: number | undefined;
  ready: boolean;
  idleTimer?: ReturnType<typeof setTimeout>;
}

/**
 * Child processes that decode pictures, one job at a time each. A decoder works on hostile bytes in native code: what
 * crashes, hangs or grows there ends a child and fails one job, where a thread would take the server with it. They
 * start on demand (0.1 s) and end when idle, late, too large or broken.
 */
export class ProcessPool<Job extends { readonly source: string | Uint8Array | readonly string[] }> {
  readonly #options: ProcessPoolOptions;
  readonly #children = new Set<Child>();
  readonly #idle: Child[] = [];
  #jobs = 0;
  #closed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  /** Process numbers of the children that exist now. */
  get pids(): number[] {
    return [...this.#children].map((child) => child.process.pid);
  }

  /** Starts a child if there is none, for a job that is about to come. */
  prepare(): void {
    if (this.#closed || this.#children.size > 0) return;
    try {
      this.#rest(this.#start());
    } catch {
      // It is the job that fails, if there is still no child for it.
    }
  }

  /**
   * Runs a job in a child of its own; how many run at once is the caller's business.
   * @typeParam Result what the program makes of such a job.
   * @param signal ends the child.
   * @throws AppError FILE_DAMAGED, IMAGE_TOO_LARGE, PROBE_TIMEOUT, SERVICE_UNAVAILABLE; INTERNAL_ERROR for what is not
   * the picture's fault; the signal's reason
   */
  async run<Result>(job: Job, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#closed) throw new AppError('SERVICE_UNAVAILABLE');
    const { maxImagePixels, deadlineMs, log } = this.#options;
    const memoryBytes = BASE_MEMORY_BYTES + BYTES_A_PIXEL * maxImagePixels;
    const source = job.source instanceof Uint8Array ? `${job.source.byteLength} bytes` : job.source;
    const child = this.#idle.pop() ?? this.#start();
    clearTimeout(child.idleTimer);
    return await new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(deadline);
        clearInterval(memory);
        signal?.removeEventListener('abort', giveUp);
      };
      const fail = (error: unknown) => {
        settle();
        this.#end(child);
        reject(error);
      };
      const giveUp = () => fail(signal?.reason);
      signal?.addEventListener('abort', giveUp);
      const late = () => {
        log.warn({ source, deadlineMs }, 'a picture was not decoded in time');
        fail(new AppError(child.ready ? 'PROBE_TIMEOUT' : 'SERVICE_UNAVAILABLE'));
      };
      let deadline = setTimeout(late, START_PATIENCE_MS);
      const memory = setInterval(() => {
        if (residentBytes(child.process.pid) < memoryBytes) return;
        log.warn({ source }, 'decoding a picture took too much memory');
        fail(new AppError('IMAGE_TOO_LARGE'));
      }, MEMORY_CHECK_MS);
      const begin = () => {
        // Starting a process is not the picture's fault.
        clearTimeout(deadline);
        deadline = setTimeout(late, deadlineMs);
        try {
          child.number = ++this.#jobs;
          child.process.send({ number: child.number, job } satisfies NumberedJob<Job>);
        } catch {
          // The picture never came there.
          fail(new AppError('SERVICE_UNAVAILABLE', { cause: PROCESS_ENDED }));
        }
      };
      child.listener = (event) => {
        if (event === 'gone') {
          const isToBlame = child.ready && !this.#closed;
          if (isToBlame) log.warn({ source }, 'a picture ended the process that decoded it');
          fail(new AppError(isToBlame ? 'FILE_DAMAGED' : 'SERVICE_UNAVAILABLE', { cause: PROCESS_ENDED }));
        } else if (event === 'ready') {
          begin();
        } else {
          settle();
          this.#rest(child);
          if (event.type === 'done') resolve(event.result as Result);
          else if (event.type === 'refused') reject(new AppError(event.code, { cause: event.reason }));
          else reject(new AppError('INTERNAL_ERROR', { cause: event.reason }));
        }
      };
      if (child.ready) begin();
    });
  }

  /** As {@link run}. When memory is short the system ends these processes first: only what ends two of them is to blame. */
  async runTwice<Result>(job: Job, signal?: AbortSignal): Promise<Result> {
    try {
      return await this.run<Result>(job, signal);
    } catch (error) {
      if (!(error instanceof AppError) || error.cause !== PROCESS_ENDED) throw error;
      return await this.run<Result>(job, signal);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const children = [...this.#children];
    for (const child of children) this.#drop(child);
    await Promise.all(children.map((child) => child.process.exited));
  }

  /** @throws AppError SERVICE_UNAVAILABLE when the system has no process or files left for it */
  #start(): Child {
    try {
      const child: Child = {
        process: Bun.spawn([process.execPath, '--smol', fileURLToPath(this.#options.program)], {
          // Its own environment only: none of the server's secrets.
          env: {},
          stdio: ['ignore', 'ignore', 'ignore'],
          serialization: 'advanced',
          ipc: (message: unknown) => this.#hear(child, message),
          onExit: () => this.#drop(child),
        }),
        listener: undefined,
        number: undefined,
        ready: false,
      };
      child.process.unref();
      this.#children.add(child);
      return child;
    } catch (error) {
      throw new AppError('SERVICE_UNAVAILABLE', { cause: error, retryAfter: RETRY_AFTER_SECONDS });
    }
  }

  /**
   * Takes `ready` once and then an answer for each job, with the number of that; a child that sends anything else is not
   * to be trusted any more.
   */
  #hear(child: Child, message: unknown): void {
    const { ready, number, listener } = child;
    if (!this.#children.has(child)) return;
    if (!isDecoderMessage(message) || (message.type === 'ready' ? ready : message.number !== number)) {
      this.#options.log.warn({ pid: child.process.pid }, 'a decoder sent what nobody asked for');
      this.#drop(child);
      return;
    }
    child.ready = true;
    listener?.(message.type === 'ready' ? 'ready' : message);
  }

  /** Ends a child and fails its job, if it has one. */
  #drop(child: Child): void {
    child.listener?.('gone');
    this.#end(child);
  }

  #end(child: Child): void {
    this.#children.delete(child);
    const place = this.#idle.indexOf(child);
    if (place !== -1) this.#idle.splice(place, 1);
    clearTimeout(child.idleTimer);
    this.#clear(child);
    child.process.kill('SIGKILL');
  }

  #rest(child: Child): void {
    this.#clear(child);
    child.idleTimer = setTimeout(() => this.#end(child), this.#options.idleMs ?? IDLE_MS);
    child.idleTimer.unref();
    this.#idle.push(child);
  }

  #clear(child: Child): void {
    child.listener = undefined;
    child.number = undefined;
  }
}

/** Bytes in memory; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
