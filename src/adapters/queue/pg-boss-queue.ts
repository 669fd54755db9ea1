import type { PgBoss } from 'pg-boss';
import type postgres from 'postgres';
import type { Logger } from '../../lib/logger.ts';
import { bossDatabase } from './boss-database.ts';
import type { JobHandler, JobQueue, SendOptions, WorkOptions } from './job-queue.ts';
import { QueueWorker } from './queue-worker.ts';

const TOPIC = 'jobs';
/** A job whose instance gives no sign for so long is begun again; the shortest that pg-boss knows, seconds. */
const HEARTBEAT_SECONDS = 10;
/** The longest that a job may take, seconds. */
const EXPIRE_SECONDS = 86_400;
/** Jobs that are done are kept for so long, seconds: their rows tell more. */
const DELETE_SECONDS = 600;

/** Messages to every instance. */
interface Announcements {
  publish(topic: string, payload: unknown): Promise<void>;
  subscribe(topic: string, handler: (payload: unknown) => void): () => void;
  /** Calls when messages may have been lost. */
  onGap(handler: () => void): () => void;
}

interface PgBossQueueOptions {
  readonly sql: postgres.Sql;
  readonly events: Announcements;
  readonly log: Logger;
}

interface Message {
  readonly queue: string;
  /** The job that is cancelled; without it there is one to do. */
  readonly cancel?: string;
}

/**
 * Jobs in PostgreSQL by pg-boss, in a schema of its own (`pgboss`), which it makes and migrates under a lock of its own.
 * It is loaded when there is something to do. Instances tell each other of jobs; whoever hears nothing finds them by
 * `due` within a minute.
 */
export class PgBossQueue implements JobQueue {
  readonly #options: PgBossQueueOptions;
  readonly #workers = new Map<string, QueueWorker>();
  #boss: Promise<PgBoss> | undefined;
  #unsubscribe: (() => void)[] | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PgBossQueueOptions) {
    this.#options = options;
  }

  async send(queue: string, id: string, { startAfter }: SendOptions = {}): Promise<void> {
    const boss = await this.#started();
    await boss.send(queue, { id }, { singletonKey: id, ...(startAfter ? { startAfter } : {}) });
    this.#workers.get(queue)?.wake(startAfter);
    if (!startAfter || startAfter.getTime() <= Date.now()) this.#announce({ queue });
  }

  work(queue: string, options: WorkOptions, handler: JobHandler): void {
    const { events, log } = this.#options;
    this.#unsubscribe ??= [
      events.subscribe(TOPIC, (payload) => this.#hear(payload)),
      events.onGap(() => {
        for (const worker of this.#workers.values()) worker.look();
      }),
    ];
    const worker = new QueueWorker({
      ...options,
      queue,
      handler,
      log,
      boss: () => this.#started(),
      send: (id, startAfter) => this.send(queue, id, startAfter ? { startAfter } : {}),
    });
    this.#workers.set(queue, worker);
  }

  async cancel(queue: string, id: string): Promise<void> {
    this.#workers.get(queue)?.cancel(id);
    this.#announce({ queue, cancel: id });
    const boss = await this.#started();
    const waiting = await boss.findJobs(queue, { key: id, queued: true });
    if (waiting.length > 0)
      await boss.deleteJob(
        queue,
        waiting.map((job) => job.id),
      );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe ?? []) unsubscribe();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    const boss = await this.#boss?.catch(() => undefined);
    await boss?.stop({ graceful: false, close: false });
  }

  #hear(payload: unknown): void {
    const { queue, cancel } = payload as Message;
    const worker = this.#workers.get(queue);
    if (cancel === undefined) worker?.wake();
    else worker?.cancel(cancel);
  }

  #announce(message: Message): void {
    const { events, log } = this.#options;
    events
      .publish(TOPIC, message)
      .catch((error: unknown) => log.debug({ err: error }, 'other instances hear of a job later'));
  }

  #started(): Promise<PgBoss> {
    this.#boss ??= this.#start().catch((error: unknown) => {
      this.#boss = undefined;
      throw error;
    });
    return this.#boss;
  }

  async #start(): Promise<PgBoss> {
    const { sql, log } = this.#options;
    const library = await import('pg-boss');
    const boss = new library.PgBoss({
      db: bossDatabase(sql),
      schema: 'pgboss',
      // The workers ask for it, while there are jobs.
      supervise: false,
      monitorIntervalSeconds: 1,
      maintenanceIntervalSeconds: DELETE_SECONDS,
      schedule: false,
      reindex: false,
      monitorVacuum: false,
      registerInstance: false,
    });
    boss.on('error', (error: Error) => log.warn({ err: error }, 'the queue of background jobs had an error'));
    await boss.start();
    for (const queue of this.#workers.keys()) {
      await boss.createQueue(queue, {
        // One job of an id, whether it waits or runs.
        policy: 'exclusive',
        heartbeatSeconds: HEARTBEAT_SECONDS,
        expireInSeconds: EXPIRE_SECONDS,
        deleteAfterSeconds: DELETE_SECONDS,
        retryLimit: 1000,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 300,
      });
    }
    return boss;
  }
}
