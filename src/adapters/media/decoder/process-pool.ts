import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Rendered, RenderJob } from './recipe.ts';
import type { RenderAnswer } from './render-process.ts';

/** ms between two looks at the memory of a job that takes long. */
const MEMORY_CHECK_MS = 50;
const START_PATIENCE_MS = 10_000;
const PAGE_BYTES = 4096;

export interface RenderPoolOptions {
  /** ms for one job. */
  readonly deadlineMs: number;
  /** Bytes that a process may have resident. */
  readonly memoryBytes: number;
  /** ms after which a process without a job ends. */
  readonly idleMs: number;
  readonly log: Logger;
  /** Replaces the child's program, for tests. */
  readonly program?: URL | undefined;
}

/** What happens with the next event of a child. */
type Listener = (event: RenderAnswer | 'gone') => void;

interface Child {
  readonly process: Subprocess<'ignore', 'ignore', 'ignore'>;
  listener: Listener;
  ready: boolean;
  idleTimer?: ReturnType<typeof setTimeout>;
}

/**
 * Child processes that decode pictures, one job at a time each. A decoder works on hostile bytes in native code: what
 * crashes, hangs or grows there ends a child and fails one job, where a thread would take the server with it. They
 * start on demand (0.1 s) and end when idle, late, too large or broken.
 */
export class RenderPool {
  readonly #options: RenderPoolOptions;
  readonly #children = new Set<Child>();
  readonly #idle: Child[] = [];
  #closed = false;

  constructor(options: RenderPoolOptions) {
    this.#options = options;
  }

  /** Process numbers of the children that exist now. */
  get pids(): number[] {
    return [...this.#children].map((child) => child.process.pid);
  }

  /**
   * Runs a job in a child of its own; how many run at once is the caller's business.
   * @throws AppError FILE_DAMAGED, IMAGE_TOO_LARGE, PROBE_TIMEOUT, SERVICE_UNAVAILABLE
   */
  run(job: RenderJob): Promise<Rendered> {
    if (this.#closed) return Promise.reject(new AppError('SERVICE_UNAVAILABLE'));
    const { deadlineMs, memoryBytes, log } = this.#options;
    const child = this.#idle.pop() ?? this.#start();
    clearTimeout(child.idleTimer);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(deadline);
        clearInterval(memory);
      };
      const fail = (error: AppError) => {
        settle();
        this.#end(child);
        reject(error);
      };
      const late = () => {
        log.warn({ source: job.source, deadlineMs }, 'a picture was not decoded in time');
        fail(new AppError(child.ready ? 'PROBE_TIMEOUT' : 'SERVICE_UNAVAILABLE'));
      };
      let deadline = setTimeout(late, START_PATIENCE_MS);
      const memory = setInterval(() => {
        if (residentBytes(child.process.pid) < memoryBytes) return;
        log.warn({ source: job.source }, 'decoding a picture took too much memory');
        fail(new AppError('IMAGE_TOO_LARGE'));
      }, MEMORY_CHECK_MS);
      const begin = () => {
        // Starting a process is not the picture's fault.
        clearTimeout(deadline);
        deadline = setTimeout(late, deadlineMs);
        child.process.send(job);
      };
      child.listener = (event) => {
        if (event === 'gone') {
          const isToBlame = child.ready && !this.#closed;
          if (isToBlame) log.warn({ source: job.source }, 'a picture ended the process that decoded it');
          fail(new AppError(isToBlame ? 'FILE_DAMAGED' : 'SERVICE_UNAVAILABLE'));
        } else if (event.type === 'ready') {
          begin();
        } else {
          settle();
          this.#rest(child);
          if (event.type === 'rendered') resolve(event.rendered);
          else if (event.type === 'refused') reject(new AppError(event.code, { cause: event.reason }));
          else reject(new AppError('INTERNAL_ERROR', { cause: event.reason }));
        }
      };
      if (child.ready) begin();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const children = [...this.#children];
    for (const child of children) {
      child.listener('gone');
      this.#end(child);
    }
    await Promise.all(children.map((child) => child.process.exited));
  }

  #start(): Child {
    const program = this.#options.program ?? new URL('./render-process.ts', import.meta.url);
    const child: Child = {
      process: Bun.spawn([process.execPath, '--smol', fileURLToPath(program)], {
        // Its own environment only: none of the server's secrets.
        env: {},
        stdio: ['ignore', 'ignore', 'ignore'],
        serialization: 'advanced',
        ipc: (answer: RenderAnswer) => {
          if (answer.type === 'ready') child.ready = true;
          child.listener(answer);
        },
        onExit: () => {
          child.listener('gone');
          this.#end(child);
        },
      }),
      listener: () => undefined,
      ready: false,
    };
    child.process.unref();
    this.#children.add(child);
    return child;
  }

  #end(child: Child): void {
    this.#children.delete(child);
    const place = this.#idle.indexOf(child);
    if (place !== -1) this.#idle.splice(place, 1);
    clearTimeout(child.idleTimer);
    child.listener = () => undefined;
    child.process.kill('SIGKILL');
  }

  #rest(child: Child): void {
    child.listener = () => undefined;
    child.idleTimer = setTimeout(() => this.#end(child), this.#options.idleMs);
    child.idleTimer.unref();
    this.#idle.push(child);
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
