import type { Sink } from '../../../adapters/spreadsheet/writing/zip-stream.ts';
import { AppError } from '../../../errors.ts';
import { errorOf, type FromRenderer, type ToRenderer } from './messages.ts';
import type { TableProgress, TableSpec, WrittenTable } from './table.ts';

export interface WriteTableOptions {
  /** Ends the query and closes the connection, within a second. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TableProgress) => void;
}

/** ms after which a thread without a job gives its memory back. */
const IDLE_MS = 4_000;
/** ms in which a thread has to end its job in good order. */
const ABORT_PATIENCE_MS = 800;

interface Thread {
  readonly worker: Worker;
  listener: (event: FromRenderer | 'gone') => void;
  isReady: boolean;
  idleTimer?: ReturnType<typeof setTimeout>;
}

/** A thread that has just done a job does the next one at once. */
const idle: Thread[] = [];

/**
 * Writes the rows of a SELECT as a workbook or as CSV, from one snapshot, in memory that does not depend on their number,
 * in a thread of its own. While the sink's promise is open, rows wait in the database.
 * @throws what the sink throws, the signal's reason, or the database's error; `isDatabaseUnavailable` knows the kind.
 * A sink that has got bytes by then must not end them as if they were complete.
 */
export async function writeTable(
  spec: TableSpec,
  sink: Sink,
  { signal, onProgress }: WriteTableOptions,
): Promise<WrittenTable> {
  signal.throwIfAborted();
  const { about, ...plain } = spec;
  const thread = idle.pop() ?? startThread();
  clearTimeout(thread.idleTimer);
  const { promise, resolve, reject } = Promise.withResolvers<WrittenTable>();
  const send = (message: ToRenderer) => thread.worker.postMessage(message);
  const render = () => send({ type: 'render', spec: plain, withTotal: onProgress !== undefined });

  let failure: { readonly error: unknown } | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let bytes = 0;
  let sinking: Promise<void> = Promise.resolve();
  const give = (error: unknown) => {
    if (failure) return;
    failure = { error };
    if (!thread.isReady) return leave();
    send({ type: 'abort' });
    patience = setTimeout(leave, ABORT_PATIENCE_MS);
  };
  const leave = () => {
    endThread(thread);
    reject(failure?.error);
  };
  const take = async (chunk: Extract<FromRenderer, { type: 'chunk' }>) => {
    if (failure) return;
    await sink(chunk.bytes);
    bytes += chunk.bytes.byteLength;
    onProgress?.({ rows: chunk.rows, total: chunk.total, bytes });
    send({ type: 'taken' });
  };
  const abort = () => give(signal.reason);
  signal.addEventListener('abort', abort);
  thread.listener = (event) => {
    if (event === 'gone') {
      failure ??= { error: new AppError('SERVICE_UNAVAILABLE') };
      return leave();
    }
    switch (event.type) {
      case 'ready':
        thread.isReady = true;
        return render();
      case 'chunk':
        sinking = sinking.then(() => take(event)).catch(give);
        return;
      case 'facts':
        try {
          return send({ type: 'about', rows: about(event.facts) });
        } catch (error) {
          return give(error);
        }
      case 'done':
        rest(thread);
        return failure ? reject(failure.error) : resolve(event.written);
      case 'failed':
        rest(thread);
        return reject(failure ? failure.error : errorOf(event.failure));
    }
  };
  if (thread.isReady) render();
  try {
    return await promise;
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', abort);
  }
}

function startThread(): Thread {
  const worker = new Worker(new URL('./render-worker.ts', import.meta.url), { smol: true, ref: false });
  const thread: Thread = { worker, isReady: false, listener: () => undefined };
  worker.onmessage = ({ data }: MessageEvent<FromRenderer>) => thread.listener(data);
  worker.onerror = (event) => {
    event.preventDefault();
    thread.listener('gone');
  };
  worker.addEventListener('close', () => thread.listener('gone'));
  return thread;
}

function rest(thread: Thread): void {
  thread.listener = (event) => {
    if (event === 'gone') endThread(thread);
  };
  thread.idleTimer = setTimeout(endThread, IDLE_MS, thread);
  thread.idleTimer.unref();
  idle.push(thread);
}

function endThread(thread: Thread): void {
  const place = idle.indexOf(thread);
  if (place !== -1) idle.splice(place, 1);
  clearTimeout(thread.idleTimer);
  thread.listener = () => undefined;
  thread.worker.terminate();
}
