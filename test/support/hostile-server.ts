import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Loopback addresses: tests allow the one range and not the other, as if they were public and private. */
export const ALLOWED_CIDR = '127.0.1.0/24';
export const ALLOWED = '127.0.1.1';
export const PRIVATE = '127.0.0.1';

export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** `http://address:port`, or https. */
  readonly origin: string;
  /** Heads of requests as they came, oldest first. */
  readonly heads: readonly string[];
  /** What came after the heads, as text. */
  readonly bodies: string;
  /** Connections that were made, and that are still there. */
  readonly connections: number;
  readonly open: number;
}

export interface HostileOptions {
  readonly host?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Answers each head of a request with whatever `answer` writes, on a free port. */
export async function startHostile(
  answer: (socket: Socket, head: string) => void,
  { host = ALLOWED, tls }: HostileOptions = {},
): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  const state = { connections: 0, bodies: '' };
  const accept = (socket: Socket) => {
    state.connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      // What begins like no request belongs to the body of the last one.
      while (/^(GET|POST) /.test(received)) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = received.slice(0, end);
        received = received.slice(end + 4);
        heads.push(head);
        answer(socket, head);
      }
      state.bodies += received;
      received = '';
    });
  };
  const server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on('error', () => {});
  server.on('tlsClientError', () => {});
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    port,
    origin: `${tls ? 'https' : 'http'}://${shown}:${port}`,
    heads,
    get bodies() {
      return state.bodies;
    },
    get connections() {
      return state.connections;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** An answer with a length. */
export function answerOf(body: string, head = 'HTTP/1.1 200 OK'): string {
  return `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function redirectTo(location: string, status = 302): string {
  return `HTTP/1.1 ${status} Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
}

/** Writes again and again, as fast as it is taken and no faster, until the other side has left. */
export function writeForEver(socket: Socket, piece: string | Uint8Array): void {
  const write = () => {
    if (socket.destroyed) return;
    if (socket.write(piece)) setImmediate(write);
    else socket.once('drain', write);
  };
  write();
}

/** Writes a little in every interval, ms, until the other side has left. */
export function drip(socket: Socket, piece: string, intervalMs: number): void {
  const timer = setInterval(() => socket.write(piece), intervalMs);
  socket.on('close', () => clearInterval(timer));
}
