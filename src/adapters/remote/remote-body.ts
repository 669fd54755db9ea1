import type { IncomingMessage } from 'node:http';
import { RemoteError } from './remote-error.ts';
import { Timer } from './timer.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Between two chunks, while somebody waits for one, ms. */
  readonly idleMs: number;
  /** Has ended the message when it is aborted. */
  readonly signal: AbortSignal;
  /** For errors. */
  readonly host: string;
}

/**
 * Refuses a body that is sure to be of no use, before any of it is read.
 * @throws RemoteError `too-large`, `protocol`
 */
export function checkHead({ headers }: IncomingMessage, { maxBytes, host }: BodyLimits): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  // Inflated it could have any size, and nobody asked for it.
  if (encoding !== '' && encoding !== 'identity') {
    throw new RemoteError('protocol', `${host} answers with the encoding ${JSON.stringify(encoding)}`);
  }
  const transfer = headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked';
  if (transfer !== 'chunked') {
    throw new RemoteError(
      'protocol',
      `${host} answers with the transfer encoding ${JSON.stringify(transfer)}`,
    );
  }
  const length = Number(headers['content-length'] ?? 0);
  if (length > maxBytes) throw new RemoteError('too-large', `${host} announces ${length} bytes`);
}

/**
 * The bytes as they arrive; the server is not heard faster than they are taken.
 * @param close called at the end, whichever it is.
 * @throws RemoteError `too-large`, `timeout`, `protocol` for a body that breaks off; the signal's reason.
 */
export async function* readBody(
  message: IncomingMessage,
  { maxBytes, idleMs, signal, host }: BodyLimits,
  close: () => void,
): AsyncGenerator<Uint8Array, void> {
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let idle: RemoteError | undefined;
  const timer = new Timer((ms) => {
    idle = new RemoteError('timeout', `${host} sent nothing for ${ms} ms`);
    message.destroy(idle);
  });
  let bytes = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      timer.start(idleMs);
      const { done, value } = await chunks.next();
      if (done) break;
      timer.stop();
      bytes += value.byteLength;
      if (bytes > maxBytes) throw new RemoteError('too-large', `${host} sends more than ${maxBytes} bytes`);
      yield value;
    }
    signal.throwIfAborted();
    // A body without a length that is closed on our side has no end of its own, and would look whole.
    if (!message.complete || !message.readableEnded)
      throw new RemoteError('protocol', `${host} broke off after ${bytes} bytes`);
  } catch (error) {
    signal.throwIfAborted();
    if (idle) throw idle;
    if (error instanceof RemoteError) throw error;
    throw new RemoteError('protocol', `${host} broke off after ${bytes} bytes`, { cause: error });
  } finally {
    timer.stop();
    close();
  }
}
