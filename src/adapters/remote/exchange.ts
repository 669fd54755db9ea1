import { Answer } from './answer.ts';
import { lists } from './answer-head.ts';
import { hostOf, portOf } from './check-url.ts';
import type { ConnectLimits } from './connect.ts';
import type { Connection, Connections } from './connections.ts';
import { findFraming } from './find-framing.ts';
import { FramingError } from './framing.ts';
import { readHead } from './read-head.ts';
import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';
import { type OutgoingRequest, requestHead, sendBody } from './send-request.ts';
import { Timer } from './timer.ts';

export interface Exchange extends OutgoingRequest {
  /** Ends it at any time, also while the answer's body is read. */
  readonly signal: AbortSignal;
  readonly policy: Pick<RemotePolicy, 'ca'>;
  readonly connectMs: number;
  readonly idleMs: number;
}

/** A try that ended before anything was sent, or on a connection that the other side had given up. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  readonly isStale: boolean;

  constructor(isStale: boolean, cause: unknown) {
    super('nothing was sent', { cause });
    this.isStale = isStale;
  }
}

/**
 * Sends one request to an address that was checked, and waits for the head of the answer.
 * @returns the answer; its body flows only as fast as it is read.
 * @throws NotSentError, RemoteError, the signal's reason.
 */
export async function exchange(
  { signal, policy: { ca }, connectMs, idleMs, ...request }: Exchange,
  address: string,
  connections: Connections,
  fresh: boolean,
): Promise<Answer> {
  signal.throwIfAborted();
  const { url } = request;
  const head = requestHead(request, !fresh);
  const connection = await open(url, address, connections, fresh, { ca, connectMs, signal });
  const { wire, isUsed } = connection;
  const onAbort = () => wire.fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const leave = (keep: boolean) => {
    signal.removeEventListener('abort', onAbort);
    if (keep) connections.keep(connection);
    else wire.fail(new Error('the exchange is over'));
  };
  let isAnswered = false;
  const timer = new Timer((ms) =>
    wire.fail(new RemoteError('timeout', `${url.host} did not answer in ${ms} ms`)),
  );
  timer.start(idleMs);
  try {
    // It may have been aborted just before it was listened to.
    signal.throwIfAborted();
    wire.send(head);
    const onProgress = () => isAnswered || timer.start(idleMs);
    if (request.body !== undefined)
      void sendBody(wire, request, onProgress).catch((error) => wire.fail(error));
    const { head: answered, rest } = await readHead(wire);
    const mayKeep = !fresh && answered.version === '1.1' && !lists(answered.headers, 'connection', 'close');
    const onOver = (isClean: boolean) => leave(isClean && mayKeep);
    return new Answer(answered, findFraming(answered), { wire, rest, onOver });
  } catch (error) {
    leave(false);
    signal.throwIfAborted();
    if (error instanceof RemoteError) throw error;
    if (error instanceof FramingError)
      throw new RemoteError('protocol', `${url.host}: ${error.message}`, { cause: error });
    if (isUsed) throw new NotSentError(true, error);
    throw unreachable(url, error);
  } finally {
    isAnswered = true;
    timer.stop();
  }
}

async function open(
  url: URL,
  address: string,
  connections: Connections,
  fresh: boolean,
  limits: ConnectLimits,
): Promise<Connection> {
  const place = {
    address,
    port: portOf(url),
    isSecure: url.protocol === 'https:',
    name: hostOf(url).replace(/\.$/, ''),
  };
  try {
    return await connections.open(place, fresh, limits);
  } catch (error) {
    limits.signal.throwIfAborted();
    throw new NotSentError(false, error);
  }
}

/** What the network said, as an error of ours. */
export function unreachable(url: URL, error: unknown): RemoteError {
  if (error instanceof RemoteError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new RemoteError('unreachable', `${url.host}: ${code ?? message}`, { cause: error });
}
