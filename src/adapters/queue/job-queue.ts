/** Why a handler is to end: the server stops, the job was cancelled, or another instance has it by now. */
export type JobEnd = 'stopping' | 'cancelled' | 'lost';

/** Background jobs, done by any instance. What is to be done stands in a table of its own; a job only names its row. */
export interface JobQueue {
  /**
   * Puts a job in, unless one of this id waits or runs already. The row must be committed: it is what counts, and a job
   * that could not be put in is found by `due` later.
   * @param id a UUID, of the row.
   */
  send(queue: string, id: string, options?: SendOptions): Promise<void>;
  /** Declares who does the jobs of a queue: once for each, and before anything is sent. */
  work(queue: string, options: WorkOptions, handler: JobHandler): void;
  /** Takes a waiting job out, and aborts its handler on whichever instance it runs. The message may be lost. */
  cancel(queue: string, id: string): Promise<void>;
  /** Aborts what runs here. Its jobs go back to the queue at once, and other instances hear of it. */
  close(): Promise<void>;
}

export interface SendOptions {
  readonly startAfter?: Date;
}

/**
 * Does a job; it may be called again for one that was done, after a crash. When it throws the job is tried again, later
 * and later: whoever has the row decides when to give up.
 * @param signal aborts with a `JobEnd` as its reason.
 * @returns when to do it again, if that is wanted.
 */
export type JobHandler = (id: string, signal: AbortSignal) => Promise<Date | undefined>;

export interface WorkOptions {
  /** Jobs at once on this instance. */
  readonly concurrency: number;
  /** Ids of rows with something to do now, at most some hundred: one cheap query, asked at the start and now and again. */
  readonly due: () => Promise<readonly string[]>;
}
