import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What becomes of bytes: they go on, or get lost silently, or the connection is cut before or after they do. */
export type Verdict = 'pass' | 'lose' | 'cut-before' | 'cut-after';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Asked for each piece of what clients send; `connection` is the same object for all pieces of a connection. */
  judge: (bytes: Buffer, connection: object) => Verdict;
  /** Asked likewise for each piece of what the server answers. */
  judgeAnswer: (bytes: Buffer, connection: object) => Verdict;
}

/** Stands between a client and a server on the loopback and breaks connections at chosen moments. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const pass = (_bytes: Buffer, _connection: object): Verdict => 'pass';
  const proxy = { port: 0, judge: pass, judgeAnswer: pass };
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let cut = false;
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        if (!cut) other.destroy();
      });
    }
    client.on('data', (bytes: Buffer) => {
      const verdict = cut ? 'pass' : proxy.judge(bytes, client);
      if (verdict === 'pass') {
        target.write(bytes);
        return;
      }
      if (verdict === 'lose') return;
      cut = true;
      if (verdict === 'cut-before') {
        target.destroy();
        client.destroy();
        return;
      }
      // The server has done what it was told when its answer, or its end, finds the client cut off.
      target.end(bytes);
      for (const event of ['data', 'close']) target.once(event, () => client.destroy());
    });
    target.on('data', (bytes: Buffer) => {
      if (cut) return;
      const verdict = proxy.judgeAnswer(bytes, client);
      if (verdict === 'pass') client.write(bytes);
      if (verdict === 'pass' || verdict === 'lose') return;
      cut = true;
      target.destroy();
      if (verdict === 'cut-before') client.destroy();
      else client.end(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy.port = typeof address === 'object' && address ? address.port : 0;
  return Object.assign(proxy, {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}
