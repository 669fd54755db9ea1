import { freeBytes } from '../../lib/free-bytes.ts';
import type { Answer } from './answer.ts';
import { type AnswerHead, quote } from './answer-head.ts';
import { RemoteError } from './remote-error.ts';
import { Timer } from './timer.ts';

/** Of an answer whose body nobody wants. */
const DISMISS_BYTES = 1024;
const DISMISS_MS = 1000;

export interface BodyLimits {
  readonly maxBytes: number;
  /** Between two chunks, while somebody waits for one, ms. */
  readonly idleMs: number;
  /** Has ended the answer when it is aborted. */
  readonly signal: AbortSignal;
  /** For errors. */
  readonly host: string;
}

/**
 * Refuses a body that is sure to be of no use, before any of it is read.
 * @throws RemoteError `too-large`, `protocol`
 */
export function checkHead({ headers }: AnswerHead, { maxBytes, host }: BodyLimits): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  // Inflated it could have any size, and nobody asked for it.
  if (encoding !== '' && encoding !== 'identity') {
    throw new RemoteError('protocol', `${host} answers with the encoding ${quote(encoding)}`);
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (length > maxBytes) throw new RemoteError('too-large', `${host} announces ${length} bytes`);
}

/**
 * The bytes as they arrive; the server is not heard faster than they are taken.
 * @param close called at the end, whichever it is.
 * @throws RemoteError `too-large`, `timeout`, `protocol` for a body that breaks off; the signal's reason.
 */
export async function* readBody(
  answer: Answer,
  { maxBytes, idleMs, signal, host }: BodyLimits,
  close: () => void,
): AsyncGenerator<Uint8Array, void> {
  const timer = new Timer((ms) =>
    answer.fail(new RemoteError('timeout', `${host} sent nothing for ${ms} ms`)),
  );
  let bytes = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      timer.start(idleMs);
      const chunk = await answer.read();
      timer.stop();
      if (chunk === undefined) break;
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new RemoteError('too-large', `${host} sends more than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RemoteError) throw error;
    throw new RemoteError('protocol', `${host} broke off after ${bytes} bytes`, { cause: error });
  } finally {
    timer.stop();
    close();
  }
}

/** Lets a server end a short answer in peace: some take a connection that is cut for a request that was given up. */
export async function dismissBody(answer: Answer): Promise<void> {
  const timer = setTimeout(() => answer.close(), DISMISS_MS);
  let bytes = 0;
  try {
    for (let chunk = await answer.read(); chunk !== undefined; chunk = await answer.read()) {
      bytes += chunk.byteLength;
      freeBytes(chunk);
      if (bytes > DISMISS_BYTES) break;
    }
  } catch {
    // Whatever it is, nobody wants it.
  } finally {
    clearTimeout(timer);
    answer.close();
  }
}
