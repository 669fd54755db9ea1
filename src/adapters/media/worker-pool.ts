import { AppError } from '../../errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ProbeAnswer, ProbeJob } from './probe-worker.ts';
import type { TrackFacts } from './tracks.ts';

/** ms between two looks at the memory of a job that takes long. */
const memoryCheckMs = 20;
/**
 * Bytes by which the process may grow during one job. A hostile index of 2 kB makes the reader fill 600 MB a second,
 * and a thread has no limit of its own; sound files need some ten MB.
 */
const maxGrowth = 512 * 1024 * 1024;

export interface WorkerPoolOptions {
  readonly workers: number;
  /** ms for one job, not counting its wait for a worker. */
  readonly deadlineMs: number;
  readonly log: Logger;
  /** ms after which a worker without a job gives its memory back, 4,000 by default. */
  readonly idleMs?: number;
  /** Replaces the worker's program, for tests. */
  readonly program?: URL;
}

export interface WorkerPool {
  /**
   * Reads tracks in a worker thread; null when the file has none that can be read.
   * @throws AppError PROBE_TIMEOUT, FILE_DAMAGED when the file takes the worker down, SERVICE_UNAVAILABLE
   */
  run(job: ProbeJob, signal?: AbortSignal): Promise<TrackFacts | null>;
  /** Worker threads that exist now. */
  readonly threads: number;
  /** Files that are examined now, and that wait for their turn. */
  readonly load: { readonly running: number; readonly waiting: number };
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  /** What happens with the next event: the job's business, or the idle thread's end. */
  listener: (event: ProbeAnswer | 'gone') => void;
  ready: boolean;
  idleTimer?: ReturnType<typeof setTimeout>;
}

/** Threads start on demand, run one job at a time, and end when idle, late, too large or broken. */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { workers, deadlineMs, log, idleMs = 4_000 } = options;
  const threads = new Set<Thread>();
  const idle: Thread[] = [];
  const waiting = new Set<{ start(): void; fail(error: unknown): void }>();
  let running = 0;
  let closed = false;

  function startThread(): Thread {
    // Literal here, so that bundlers find the file.
    const worker = options.program
      ? new Worker(options.program, { smol: true, ref: false })
      : new Worker(new URL('./probe-worker.ts', import.meta.url), { smol: true, ref: false });
    const thread: Thread = { worker, ready: false, listener: () => undefined };
    worker.onmessage = ({ data }: MessageEvent<ProbeAnswer>) => {
      if (data.type === 'ready') thread.ready = true;
      thread.listener(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      thread.listener('gone');
    };
    worker.addEventListener('close', () => thread.listener('gone'));
    threads.add(thread);
    return thread;
  }

  function endThread(thread: Thread): void {
    threads.delete(thread);
    const place = idle.indexOf(thread);
    if (place !== -1) idle.splice(place, 1);
    clearTimeout(thread.idleTimer);
    thread.listener = () => undefined;
    thread.worker.terminate();
  }

  function rest(thread: Thread): void {
    thread.listener = (event) => {
      if (event === 'gone') endThread(thread);
    };
    thread.idleTimer = setTimeout(endThread, idleMs, thread);
    thread.idleTimer.unref();
    idle.push(thread);
  }

  function turn(signal: AbortSignal | undefined): Promise<void> {
    if (closed) return Promise.reject(new AppError('SERVICE_UNAVAILABLE'));
    if (running < workers) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(entry);
        signal?.removeEventListener('abort', abort);
      };
      const abort = () => entry.fail(signal?.reason);
      const entry = {
        start: () => {
          leave();
          resolve();
        },
        fail: (error: unknown) => {
          leave();
          reject(error);
        },
      };
      waiting.add(entry);
      signal?.addEventListener('abort', abort);
    });
  }

  function pass(): void {
    const [next] = waiting;
    // The turn is handed over, so that nobody comes in between.
    if (next) next.start();
    else running--;
  }

  function examine(job: ProbeJob, signal: AbortSignal | undefined): Promise<TrackFacts | null> {
    const thread = idle.pop() ?? startThread();
    clearTimeout(thread.idleTimer);
    const before = process.memoryUsage.rss();
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(deadline);
        clearInterval(memory);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: unknown) => {
        settle();
        endThread(thread);
        reject(error);
      };
      const late = () => {
        log.warn({ bytes: job.size, deadlineMs, started: thread.ready }, 'A file was not examined in time');
        fail(new AppError(thread.ready ? 'PROBE_TIMEOUT' : 'SERVICE_UNAVAILABLE'));
      };
      const abort = () => fail(signal?.reason);
      let deadline = setTimeout(late, deadlineMs);
      const memory = setInterval(() => {
        if (process.memoryUsage.rss() - before < maxGrowth) return;
        log.warn({ bytes: job.size }, 'Examining a file took too much memory');
        fail(new AppError('FILE_DAMAGED'));
      }, memoryCheckMs);
      signal?.addEventListener('abort', abort);
      thread.listener = (event) => {
        if (event === 'gone') {
          const isFileToBlame = thread.ready && !closed;
          if (isFileToBlame) log.warn({ bytes: job.size }, 'A file ended the worker that examined it');
          fail(new AppError(isFileToBlame ? 'FILE_DAMAGED' : 'SERVICE_UNAVAILABLE'));
        } else if (event.type === 'ready') {
          // Starting a thread is not the file's fault.
          clearTimeout(deadline);
          deadline = setTimeout(late, deadlineMs);
          thread.worker.postMessage(job);
        } else {
          settle();
          rest(thread);
          if (event.type === 'tracks') resolve(event.tracks);
          else reject(new AppError('SERVICE_UNAVAILABLE', { cause: event.reason }));
        }
      };
      if (thread.ready) thread.worker.postMessage(job);
    });
  }

  return {
    async run(job, signal) {
      signal?.throwIfAborted();
      await turn(signal);
      try {
        // Its turn and its leaving may come in one moment.
        signal?.throwIfAborted();
        return await examine(job, signal);
      } finally {
        pass();
      }
    },
    get threads() {
      return threads.size;
    },
    get load() {
      return { running, waiting: waiting.size };
    },
    async close() {
      closed = true;
      for (const entry of [...waiting]) entry.fail(new AppError('SERVICE_UNAVAILABLE'));
      for (const thread of [...threads]) {
        thread.listener('gone');
        endThread(thread);
      }
    },
  };
}
