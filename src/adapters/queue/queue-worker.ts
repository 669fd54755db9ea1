import { setTimeout as pause } from 'node:timers/promises';
import type { Job, PgBoss } from 'pg-boss';
import type { Logger } from '../../lib/logger.ts';
import type { JobEnd, JobHandler, WorkOptions } from './job-queue.ts';

/** A start has other things to do first, ms. */
const FIRST_MS = 500;
/** How often to look for jobs: while there are some, and else, ms. Most come with a message. */
const BUSY_MS = 3000;
const IDLE_MS = 60_000;
/** Well within the heartbeat that pg-boss expects of whoever has a job, ms. */
const BEAT_MS = 3000;
/** A handler may take this long to end after its signal, ms. */
const END_MS = 10_000;

/** A job that cannot be given back is tried this often, and so far apart, ms. */
const GIVE_BACK_TRIES = 8;
const GIVE_BACK_MS = 1000;

interface JobData {
  readonly id: string;
}

interface QueueWorkerOptions extends WorkOptions {
  readonly queue: string;
  readonly handler: JobHandler;
  /** Loads and starts it at the first call. */
  readonly boss: () => Promise<PgBoss>;
  readonly send: (id: string, startAfter?: Date) => Promise<void>;
  readonly log: Logger;
}

interface Running {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Does the jobs of one queue on this instance. While there are none it asks only the table of what is to be done. */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  readonly #running = new Map<string, Running>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends, ms since 1970. */
  #timerAt = Number.POSITIVE_INFINITY;
  #pulling: Promise<void> | undefined;
  #pullAgain = false;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
    this.#lookIn(FIRST_MS);
  }

  /** There is a job, or will be one at that time. */
  wake(at?: Date): void {
    const wait = at ? at.getTime() - Date.now() : 0;
    if (wait <= 0) this.#pull();
    // What is further away is found by `due`.
    else if (wait < IDLE_MS) setTimeout(() => this.#pull(), wait).unref();
    this.#lookIn(BUSY_MS);
  }

  /** There may be a job that nobody told of. */
  look(): void {
    this.#lookIn(0);
  }

  cancel(id: string): void {
    this.#end(id, 'cancelled');
  }

  /** Resolves when all jobs are back in the queue, or their handlers do not end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const id of this.#running.keys()) this.#end(id, 'stopping');
    const { promise: overdue, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, END_MS);
    await Promise.race([overdue, this.#quiet()]);
    clearTimeout(timer);
  }

  async #quiet(): Promise<void> {
    await this.#looking;
    await this.#pulling;
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #end(id: string, reason: JobEnd): void {
    this.#running.get(id)?.controller.abort(reason);
  }

  #lookIn(wait: number): void {
    if (this.#isStopped || this.#looking || Date.now() + wait >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = Date.now() + wait;
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#looking = this.#look().then((isBusy) => {
        this.#looking = undefined;
        this.#lookIn(isBusy ? BUSY_MS : IDLE_MS);
      });
    }, wait);
    this.#timer.unref();
  }

  /** Puts in what is due and not in the queue, and frees what killed instances had. @returns whether there is any. */
  async #look(): Promise<boolean> {
    const { queue, due, boss: started, log } = this.#options;
    try {
      const ids = await due();
      if (ids.length === 0 || this.#isStopped) return this.#running.size > 0;
      const boss = await started();
      await boss.insert(
        queue,
        ids.map((id) => ({ data: { id }, singletonKey: id })),
      );
      await boss.supervise(queue);
      this.#pull();
    } catch (error) {
      log.warn({ err: error, queue }, 'background work is looked for later');
    }
    return true;
  }

  #pull(): void {
    if (this.#isStopped) return;
    this.#pullAgain = true;
    this.#pulling ??= this.#pullAll().finally(() => {
      this.#pulling = undefined;
      if (this.#pullAgain) this.#pull();
    });
  }

  async #pullAll(): Promise<void> {
    const { queue, concurrency, boss: started, log } = this.#options;
    this.#pullAgain = false;
    try {
      const boss = await started();
      while (this.#running.size < concurrency && !this.#isStopped) {
        const [job] = await boss.fetch<JobData>(queue);
        if (!job) return;
        if (this.#isStopped) await this.#putBack(boss, job);
        else this.#run(boss, job);
      }
    } catch (error) {
      log.warn({ err: error, queue }, 'a background job is begun later');
    }
  }

  #run(boss: PgBoss, job: Job<JobData>): void {
    const { id } = job.data;
    const controller = new AbortController();
    const done = this.#do(boss, job, controller).finally(() => {
      this.#running.delete(id);
      this.#pull();
    });
    this.#running.set(id, { controller, done });
  }

  async #do(boss: PgBoss, job: Job<JobData>, controller: AbortController): Promise<void> {
    const { queue, handler, send } = this.#options;
    const { id } = job.data;
    const beat = setInterval(() => {
      boss.touch(queue, job).then(
        (answer) => affected(answer) === 0 && controller.abort('lost' satisfies JobEnd),
        () => {},
      );
    }, BEAT_MS);
    try {
      const again = await handler(id, controller.signal);
      await boss.complete(queue, job);
      if (again) await send(id, again);
    } catch (error) {
      await this.#giveBack(boss, job, error, controller.signal);
    } finally {
      clearInterval(beat);
    }
  }

  async #giveBack(boss: PgBoss, job: Job<JobData>, error: unknown, signal: AbortSignal): Promise<void> {
    const { queue, log } = this.#options;
    const { id } = job.data;
    if (!signal.aborted) log.warn({ err: error, queue, id }, 'a background job failed; it is tried again');
    for (let tries = 1; signal.reason !== ('lost' satisfies JobEnd); tries++) {
      try {
        if (signal.aborted) await this.#putBack(boss, job);
        else await boss.fail(queue, job, { message: String(error) });
        return;
      } catch (failure) {
        // The database may be back before somebody else takes the job for lost.
        if (tries < GIVE_BACK_TRIES) await pause(GIVE_BACK_MS);
        else {
          log.warn({ err: failure, queue, id }, 'a background job goes back to the queue later');
          return;
        }
      }
    }
  }

  /** A failed one would have to wait. */
  async #putBack(boss: PgBoss, job: Job<JobData>): Promise<void> {
    const { queue, send } = this.#options;
    await boss.complete(queue, job);
    await send(job.data.id);
  }
}

/** The types of pg-boss do not tell it. */
function affected(answer: object): number {
  return 'affected' in answer && typeof answer.affected === 'number' ? answer.affected : 1;
}
