import type { Socket } from 'bun';

/** A request body of a known length, made while it is sent. */
export interface Body {
  /** Bytes. */
  readonly length: number;
  pieces(): Iterable<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** From the connection's begin to the answer's end. */
  readonly ms: number;
}

/** POSTs over a socket of its own. The sender copies nothing, so that it takes little from what it measures. */
export async function post(url: string, headers: Record<string, string>, body: Body): Promise<Answer> {
  const { hostname, port, pathname, host } = new URL(url);
  const lines = Object.entries({ ...headers, host, connection: 'close', 'content-length': body.length });
  const head = `POST ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const pieces = withHead(Buffer.from(head), body);
  let piece = pieces.next();
  let sent = 0;
  const send = (socket: Socket) => {
    while (!piece.done) {
      sent += Math.max(0, socket.write(piece.value.subarray(sent)));
      if (sent < piece.value.byteLength) return;
      piece = pieces.next();
      sent = 0;
    }
  };

  const chunks: Uint8Array[] = [];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const started = performance.now();
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: send,
      drain: send,
      data(socket, chunk) {
        chunks.push(chunk.slice());
        if (isWhole(Buffer.concat(chunks).toString())) socket.end();
      },
      close: () => resolve(),
      error: (_socket, error) => reject(error),
    },
  });
  await ended;
  const ms = performance.now() - started;
  const answer = Buffer.concat(chunks).toString();
  if (!isWhole(answer)) throw new Error(`the connection ended early: ${answer.slice(0, 500)}`);
  const text = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return { status: Number(answer.slice(9, 12)), text, ms };
}

function* withHead(head: Uint8Array, body: Body): Generator<Uint8Array, void, void> {
  yield head;
  yield* body.pieces();
}

/** All servers measured here say the length of their answers. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, end + 2))?.[1];
  return end >= 0 && Buffer.byteLength(answer.slice(end + 4)) >= Number(length);
}
