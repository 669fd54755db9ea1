import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isConnected } from './processes.ts';
import { until } from './temporary.ts';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of several values the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly body: Uint8Array;
}

/** An HTTP/1.1 request written byte by byte: it may stop, lie, drip or be reset, as no client library does. */
export class RawRequest {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #takesOne = false;
  /** The other side has ended the connection, or it broke. */
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (this.#takesOne) socket.pause();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Connects and sends the request line and headers; `Host` is added. */
  static async open(
    url: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    method = 'POST',
  ): Promise<RawRequest> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    const request = new RawRequest(socket);
    const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    await request.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    return request;
  }

  /** Resolves when the system has taken the bytes; a connection that is gone takes them silently. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.closed || this.#socket.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once('close', resolve);
    this.#socket.write(bytes, () => resolve());
    await promise;
    this.#socket.off('close', resolve);
  }

  /** One chunk of a body with `Transfer-Encoding: chunked`; without bytes its end. */
  async chunk(bytes: string | Uint8Array = ''): Promise<void> {
    const length = Buffer.byteLength(bytes);
    await this.write(
      Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]),
    );
  }

  /** Waits for the whole answer. @throws when the connection ended without one. */
  async answer(timeoutMs = 10_000): Promise<RawAnswer> {
    return await until(
      'an answer',
      () => {
        const answer = parse(this.#received, this.closed);
        if (!answer && this.closed) throw new Error(`the connection ended: ${this.#received.toString()}`);
        return answer;
      },
      timeoutMs,
    );
  }

  /** Bytes that have come, head and body. */
  get receivedBytes(): number {
    return this.#received.byteLength;
  }

  /** Waits for so many bytes of the answer, head and body. */
  async received(bytes: number, timeoutMs = 10_000): Promise<void> {
    await until(`${bytes} bytes`, () => this.receivedBytes >= bytes || undefined, timeoutMs);
  }

  /** Takes nothing any more, so that what the server sends fills the system's buffers. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#takesOne = false;
    this.#socket.resume();
  }

  /** Takes one piece of what the system has for us, half a megabyte at most, and no more. */
  async take(timeoutMs = 10_000): Promise<void> {
    const before = this.receivedBytes;
    this.#takesOne = true;
    this.#socket.resume();
    await this.received(before + 1, timeoutMs);
  }

  /** Whether the server still holds the connection, which a client that reads nothing does not see. Linux only. */
  isEstablished(): boolean {
    return isConnected(this.#socket.remotePort ?? 0, this.#socket.localPort ?? 0);
  }

  /** Leaves in good order: what was written is sent, then FIN. */
  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** Leaves with RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
}

function parse(received: Buffer, closed: boolean): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const status = Number(statusLine.split(' ')[1]);
  const body = received.subarray(end + 4);
  const length = headers.get('content-length');
  if (length !== undefined && body.byteLength >= Number(length))
    return { status, headers, text: body.toString(), body };
  const whole = headers.get('transfer-encoding') === 'chunked' ? dechunked(body) : undefined;
  if (whole) return { status, headers, text: whole.toString(), body: whole };
  return closed ? { status, headers, text: body.toString(), body } : undefined;
}

/** The bytes of a body in chunks (RFC 9112, section 7.1), when all of them have come. */
function dechunked(body: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const length = Number.parseInt(body.toString('latin1', at, end), 16);
    if (length === 0) return Buffer.concat(pieces);
    if (!(length > 0)) throw new Error(`no chunk: ${body.toString('latin1', at, at + 20)}`);
    pieces.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}
