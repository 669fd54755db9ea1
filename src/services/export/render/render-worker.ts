/** Entry of a worker thread: renders one table at a time. */
import { type FromRenderer, failureOf, type ToRenderer } from './messages.ts';
import { type PlainTableSpec, renderTable } from './render-table.ts';
import type { AboutRow } from './table.ts';

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToRenderer>) => void) | null;
  postMessage(message: FromRenderer, transfer?: readonly ArrayBuffer[]): void;
}

interface Job {
  readonly controller: AbortController;
  onTaken: () => void;
  onAbout: (rows: readonly AboutRow[]) => void;
}

/** Chunks that are on their way to the sink, of some 200 kB each. */
const WINDOW = 4;

const scope = globalThis as unknown as WorkerScope;
let job: Job | undefined;

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'render':
      void render(data.spec, data.withTotal);
      break;
    case 'taken':
      job?.onTaken();
      break;
    case 'about':
      job?.onAbout(data.rows);
      break;
    case 'abort':
      job?.controller.abort();
      break;
  }
};
scope.postMessage({ type: 'ready' });

async function render(spec: PlainTableSpec, withTotal: boolean): Promise<void> {
  const controller = new AbortController();
  const window = new Window(controller.signal);
  const about = Promise.withResolvers<readonly AboutRow[]>();
  controller.signal.addEventListener('abort', () => about.reject(controller.signal.reason));
  about.promise.catch(() => {});
  job = { controller, onTaken: () => window.taken(), onAbout: about.resolve };
  let progress = { rows: 0, total: null as number | null };
  let ending: FromRenderer;
  try {
    const written = await renderTable(
      spec,
      async (bytes) => {
        await window.room();
        // Only memory that is all the chunk's can be handed over.
        const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
        scope.postMessage({ type: 'chunk', bytes: whole, ...progress }, [whole.buffer as ArrayBuffer]);
      },
      {
        signal: controller.signal,
        withTotal,
        onRows: (rows, total) => {
          progress = { rows, total };
        },
        about: (facts) => {
          scope.postMessage({ type: 'facts', facts });
          return about.promise;
        },
      },
    );
    await window.empty();
    ending = { type: 'done', written };
  } catch (error) {
    ending = { type: 'failed', failure: failureOf(error) };
  }
  job = undefined;
  scope.postMessage(ending);
}

/** Counts what the sink has not taken yet. */
class Window {
  #open = 0;
  #wake: (() => void) | undefined;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.());
  }

  taken(): void {
    this.#open--;
    this.#wake?.();
  }

  async room(): Promise<void> {
    await this.#atMost(WINDOW - 1);
    this.#open++;
  }

  async empty(): Promise<void> {
    await this.#atMost(0);
  }

  async #atMost(open: number): Promise<void> {
    while (this.#open > open) {
      this.#signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#signal.throwIfAborted();
  }
}
