import type { Server } from 'bun';

interface WatchOptions {
  /** What each connection of a local port, by the client's port, still has to send; undefined when nobody can tell. */
  readonly readQueues: (localPort: number) => Promise<ReadonlyMap<number, string> | undefined>;
  /** A client that takes nothing for this long is cut, give or take `checkMs` and four seconds; at most 255. */
  readonly stallSeconds?: number;
  readonly checkMs?: number;
}

interface Download {
  readonly request: Request;
  readonly server: Server<undefined>;
  queue: string | undefined;
}

const STALL_SECONDS = 48;
const CHECK_MS = 5000;
const NOTHING_LEFT = /^0*$/;

/**
 * Keeps slow downloads alive and lets stalled ones end. Bun's own timeout runs from the last time that the system took
 * bytes from us, and it takes megabytes at once: a slow client looks like one that is gone. So the system is asked
 * whether what it holds for the client has become less, and as long as it does the timeout begins anew.
 * Where the system does not tell, Bun's timeout counts alone.
 */
export class DownloadWatch {
  readonly #readQueues: WatchOptions['readQueues'];
  readonly #stallSeconds: number;
  readonly #checkMs: number;
  /** By the client's port. */
  readonly #downloads = new Map<number, Download>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isChecking = false;

  constructor({ readQueues, stallSeconds = STALL_SECONDS, checkMs = CHECK_MS }: WatchOptions) {
    this.#readQueues = readQueues;
    this.#stallSeconds = stallSeconds;
    this.#checkMs = checkMs;
  }

  /** To be called before the answer begins; it ends by itself with the connection. */
  watch(request: Request, server: Server<undefined>): void {
    const client = server.requestIP(request);
    if (!client) return;
    this.#downloads.set(client.port, { request, server, queue: undefined });
    this.#timer ??= setInterval(() => void this.#check(), this.#checkMs).unref();
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      const ports = new Set([...this.#downloads.values()].map(({ server }) => server.port));
      for (const port of ports) {
        const queues = port === undefined ? undefined : await this.#readQueues(port);
        this.#judge(port, queues ?? new Map());
      }
    } finally {
      this.#isChecking = false;
    }
    if (this.#downloads.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #judge(serverPort: number | undefined, queues: ReadonlyMap<number, string>): void {
    for (const [port, download] of this.#downloads) {
      if (download.server.port !== serverPort) continue;
      const queue = queues.get(port);
      const isOver = queue === undefined || (NOTHING_LEFT.test(queue) && queue === download.queue);
      if (isOver) this.#downloads.delete(port);
      else if (queue !== download.queue) download.server.timeout(download.request, this.#stallSeconds);
      download.queue = queue;
    }
  }
}
