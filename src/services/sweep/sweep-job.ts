import { sql } from 'drizzle-orm';
import { taskRuns } from '../../adapters/db/schema.ts';
import { type SweepServices, sweep } from './sweep.ts';

/** A start has other things to do first, ms. */
const FIRST_MS = 300_000;
/** How often to look whether a sweep is due, ms. */
const CHECK_MS = 3_600_000;
const HOURS_BETWEEN = 24;
const TASK = 'sweep';

interface SweepJobOptions {
  readonly services: SweepServices;
  readonly trashDays: number;
  readonly auditDays: number;
  /** ms after the start. */
  readonly firstMs?: number;
}

/** Sweeps once a day, on one of the instances. */
export class SweepJob {
  readonly #options: SweepJobOptions;
  readonly #stopping = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SweepJobOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(this.#options.firstMs ?? FIRST_MS);
  }

  /** Resolves when a sweep that runs has come to its next step. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(delay: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => this.#schedule(CHECK_MS));
    }, delay);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    const { services, trashDays, auditDays } = this.#options;
    try {
      if (await this.#claim()) await sweep(services, { trashDays, auditDays, signal: this.#stopping.signal });
    } catch (error) {
      services.log.warn({ err: error }, 'the sweep ended early; it is done again tomorrow');
    }
  }

  /** Gives true to one of all instances in a day. */
  async #claim(): Promise<boolean> {
    const claimed = await this.#options.services.db
      .insert(taskRuns)
      .values({ task: TASK, begunAt: sql`now()` })
      .onConflictDoUpdate({
        target: taskRuns.task,
        set: { begunAt: sql`now()` },
        setWhere: sql`${taskRuns.begunAt} <= now() - make_interval(hours => ${HOURS_BETWEEN})`,
      })
      .returning({ task: taskRuns.task });
    return claimed.length > 0;
  }
}
