import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { freeBytes } from '../../lib/free-bytes.ts';
import { hostOf, portOf } from './check-url.ts';
import type { Connections } from './connections.ts';
import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';
import { Timer } from './timer.ts';

/** Of all header fields of an answer, bytes. */
const MAX_HEADER_BYTES = 32_768;
/** Answers of status 1xx before the answer proper. */
const MAX_INTERIM = 16;

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
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
  { url, method, headers, body, signal, policy, connectMs, idleMs }: Exchange,
  address: string,
  connections: Connections,
  fresh: boolean,
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const host = hostOf(url);
  const isSecure = url.protocol === 'https:';
  const request = (isSecure ? requestHttps : requestHttp)({
    agent: connections.agent(url.protocol, fresh),
    host: address,
    port: portOf(url),
    method,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host },
    setDefaultHeaders: true,
    // The name that the certificate must have; of an address it is the address itself.
    servername: isIP(host) ? '' : host.replace(/\.$/, ''),
    ...(isSecure && { rejectUnauthorized: true, ...(policy.ca !== undefined && { ca: policy.ca }) }),
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const onAbort = () => request.destroy(asError(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  request.once('close', () => signal.removeEventListener('abort', onAbort));

  let isConnected = false;
  let isAnswered = false;
  const timer = new Timer((ms) => {
    request.destroy(
      new RemoteError('timeout', `${url.host} did not ${isConnected ? 'answer' : 'connect'} in ${ms} ms`),
    );
  });
  timer.start(connectMs);
  request.once('socket', (socket) => {
    freeWhatWasParsed(socket);
    const onConnected = () => {
      isConnected = true;
      timer.start(idleMs);
      void send(request, body, () => isAnswered || timer.start(idleMs));
    };
    if (request.reusedSocket || !(socket.connecting || isSecure)) onConnected();
    else socket.once(isSecure ? 'secureConnect' : 'connect', onConnected);
  });
  let interim = 0;
  request.on('information', () => {
    if (++interim > MAX_INTERIM) {
      request.destroy(new RemoteError('protocol', `${url.host} sends one interim answer after the other`));
    }
  });
  request.once('upgrade', (_message, socket) => {
    socket.destroy();
    reject(new RemoteError('protocol', `${url.host} changes the protocol unasked`));
  });
  request.once('response', (message) => {
    message.on('error', () => {});
    // A body without a length would look whole when its connection breaks.
    request.on('error', (error) => message.destroy(error));
    resolve(message);
  });
  request.on('error', (error) => {
    if (signal.aborted) reject(signal.reason);
    else if (!isConnected) reject(new NotSentError(false, error));
    else if (request.reusedSocket && isReset(error)) reject(new NotSentError(true, error));
    else reject(asRemoteError(error, url));
  });
  try {
    return await promise;
  } finally {
    isAnswered = true;
    timer.stop();
  }
}

/** The parser of HTTP copies what it passes on; its own listener, made for this request, has had a chunk before this one. */
function freeWhatWasParsed(socket: Socket): void {
  socket.off('data', freeBytes);
  socket.on('data', freeBytes);
}

/**
 * Errors reach the request's own listener.
 * @param onProgress called whenever the other side has taken something.
 */
async function send(request: ClientRequest, body: Exchange['body'], onProgress: () => void): Promise<void> {
  if (body === undefined) request.end();
  else if (body instanceof Uint8Array) request.end(body);
  else {
    const told = telling(body, onProgress);
    await pipeline(told, request).catch((error: unknown) => request.destroy(asError(error)));
  }
}

/** The next piece is asked for when there is room for it again. */
async function* telling(
  body: AsyncIterable<Uint8Array>,
  onProgress: () => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of body) {
    yield piece;
    onProgress();
  }
}

/** What the network or the parser said, as an error of ours. */
function asRemoteError(error: unknown, url: URL): RemoteError {
  if (error instanceof RemoteError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isProtocol = code?.startsWith('HPE_') ?? false;
  return new RemoteError(isProtocol ? 'protocol' : 'unreachable', `${url.host}: ${code ?? message}`, {
    cause: error,
  });
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('ended', { cause: reason });
}
