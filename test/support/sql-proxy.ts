import { connect, createServer, type Socket } from 'node:net';

/** Stands between a server and its PostgreSQL and reads which statements run. */
export interface SqlProxy extends AsyncDisposable {
  /** The URL for the server under test. */
  readonly url: string;
  /** Statements that were executed since the start or the last `take`, in order. */
  take(): string[];
  /**
   * From now on loses the connection at the first commit behind a statement like this one: it never reaches the database.
   * @returns whether that has happened, from then on cutting no more.
   */
  cutCommitAfter(statement: RegExp): { end(): boolean };
}

/** @param target a PostgreSQL on TCP, without TLS. */
export async function startSqlProxy(target: string): Promise<SqlProxy> {
  const { hostname, port } = new URL(target);
  const executed: string[] = [];
  const sockets = new Set<Socket>();
  let cut: RegExp | undefined;
  const listener = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let isMarked = false;
    let isLost = false;
    const messages = new FrontendMessages((statement) => {
      executed.push(statement);
      if (!cut) return;
      if (cut.test(statement)) isMarked = true;
      if (isMarked && /^commit/i.test(statement)) {
        isLost = true;
        cut = undefined;
      }
    });
    client.on('data', (bytes: Buffer) => {
      messages.add(bytes);
      if (isLost) client.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => client.write(bytes));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  listener.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = listener.address();
  const url = new URL(target);
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  return {
    url: url.href,
    take: () => executed.splice(0),
    cutCommitAfter(statement) {
      cut = statement;
      return {
        end() {
          const hasCut = cut === undefined;
          cut = undefined;
          return hasCut;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads the frontend's side of the protocol (PostgreSQL documentation, section "Message Formats"). */
class FrontendMessages {
  readonly #onExecute: (statement: string) => void;
  readonly #statements = new Map<string, string>();
  #pending = Buffer.alloc(0);
  #started = false;
  #bound = '';

  constructor(onExecute: (statement: string) => void) {
    this.#onExecute = onExecute;
  }

  add(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      // The startup message is the only one without a type.
      const head = this.#started ? 1 : 0;
      if (this.#pending.length < head + 4) return;
      const end = head + this.#pending.readUInt32BE(head);
      if (this.#pending.length < end) return;
      const type = head === 0 ? '' : String.fromCharCode(this.#pending[0] ?? 0);
      this.#read(type, this.#pending.subarray(head + 4, end));
      this.#pending = this.#pending.subarray(end);
      this.#started = true;
    }
  }

  #read(type: string, body: Buffer): void {
    const [first = '', second = ''] = body.toString('utf8').split('\0', 2);
    // Parse: name, statement. Bind: portal, name. Query: statement.
    if (type === 'P') this.#statements.set(first, second);
    else if (type === 'B') this.#bound = this.#statements.get(second) ?? '';
    else if (type === 'E') this.#onExecute(this.#bound);
    else if (type === 'Q') this.#onExecute(first);
  }
}
