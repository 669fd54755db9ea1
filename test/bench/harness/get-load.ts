/**
 * `get-load.ts <json of {url, headers, connections, seconds, bytesPerSecond}>`: GETs over raw sockets, in a process of
 * its own. It looks at nothing but where an answer ends, so that it takes less than any server that it measures.
 */
import type { Socket } from 'bun';
import type { GetLoad, GetOrder } from './downloads.ts';

interface Client {
  /** Of this answer, bytes: received, and expected in all once the head has come. */
  received: number;
  expected: number | undefined;
  head: string;
  started: number;
}

const { url, headers, connections, seconds, bytesPerSecond }: GetOrder = JSON.parse(process.argv[2] ?? '');
const { hostname, port, host, pathname, search } = new URL(url);
const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
const request = Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`);

const latencies: number[] = [];
let bytes = 0;
let open = connections;
const begun = performance.now();
const deadline = begun + seconds * 1000;

for (let i = 0; i < connections; i++) {
  await Bun.connect<Client>({
    hostname,
    port: Number(port),
    socket: {
      open: send,
      data(socket, chunk) {
        const client = socket.data;
        bytes += chunk.byteLength;
        client.received += chunk.byteLength;
        if (client.expected === undefined && !readHead(client, chunk)) return;
        if (client.received === client.expected) {
          latencies.push(performance.now() - client.started);
          if (performance.now() < deadline) send(socket);
          else finish(socket);
        } else if (bytesPerSecond !== undefined) {
          pace(socket, bytesPerSecond);
        }
      },
      close({ data }) {
        if (data.expected !== data.received) fail('a connection ended early');
      },
    },
  });
}

function send(socket: Socket<Client>): void {
  socket.data = { received: 0, expected: undefined, head: '', started: performance.now() };
  socket.write(request);
}

/** @returns whether the head has come whole. */
function readHead(client: Client, chunk: Uint8Array): boolean {
  client.head += Buffer.from(chunk).toString('latin1');
  const end = client.head.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = client.head.slice(0, end);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (status !== 304 && (status !== 200 || length === undefined)) fail(`not expected: ${head}`);
  client.expected = end + 4 + (status === 304 ? 0 : Number(length));
  client.head = '';
  return true;
}

/** Rests until it is time for what was received; ends at the deadline in the middle of the answer. */
function pace(socket: Socket<Client>, rate: number): void {
  const { started, received } = socket.data;
  const now = performance.now();
  if (now > deadline) {
    socket.data.expected = received;
    finish(socket);
    return;
  }
  const due = started + (received / rate) * 1000;
  if (due <= now) return;
  socket.pause();
  setTimeout(() => socket.resume(), due - now);
}

function finish(socket: Socket<Client>): void {
  socket.terminate();
  if (--open > 0) return;
  latencies.sort((a, b) => a - b);
  const load: GetLoad = {
    answers: latencies.length,
    bytes,
    seconds: (performance.now() - begun) / 1000,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
  console.log(JSON.stringify(load));
  process.exit(0);
}

function fail(reason: string): never {
  console.error(`${url}: ${reason}`);
  process.exit(1);
}
