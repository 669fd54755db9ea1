import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What becomes of bytes that a client sends: they go on, or the connection is cut before or after they do. */
export type Verdict = 'pass' | 'cut-before' | 'cut-after';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Asked for each piece of what clients send. */
  judge: (bytes: Buffer) => Verdict;
}

/** Stands between a client and a server on the loopback and breaks connections at chosen moments. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const proxy = { port: 0, judge: (_: Buffer): Verdict => 'pass' };
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
      const verdict = cut ? 'pass' : proxy.judge(bytes);
      if (verdict === 'pass') {
        target.write(bytes);
        return;
      }
      cut = true;
      if (verdict === 'cut-before') target.destroy();
      // Ends in good order, so that the server has done what it was told when its answer finds nobody.
      else target.end(bytes);
      client.destroy();
    });
    target.on('data', (bytes: Buffer) => {
      if (!cut) client.write(bytes);
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
