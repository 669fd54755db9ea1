import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './temporary.ts';

/** What a path of the picture server does with a request. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server of pictures, and of anything else, in this process. */
export class PictureServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #answers = new Map<string, Answer>();
  readonly #counts = new Map<string, number>();
  /** Requests that are open now, and the most there were. */
  open = 0;
  mostOpen = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => this.#handle(request, response));
  }

  static async start(): Promise<PictureServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PictureServer(server);
  }

  /** Gives a path an answer. @returns its address. */
  at(path: string, answer: Answer): string {
    this.#answers.set(path, answer);
    return this.url + path;
  }

  /** The same for bytes, sent at once. */
  give(path: string, bytes: Uint8Array, headers: Record<string, string> = {}): string {
    return this.at(path, (response) => {
      response.writeHead(200, { 'content-length': bytes.byteLength, ...headers });
      response.end(bytes);
    });
  }

  /** A path that answers only when `release` is called. */
  hold(path: string, bytes: Uint8Array): { readonly url: string; release(): void } {
    const held: ServerResponse[] = [];
    let isReleased = false;
    const finish = (response: ServerResponse) => response.end(bytes);
    const url = this.at(path, (response) => {
      if (isReleased) finish(response);
      else held.push(response);
    });
    return {
      url,
      release() {
        isReleased = true;
        held.forEach(finish);
      },
    };
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.#counts.get(path) ?? 0;
  }

  /** Resolves when so many requests are open. */
  async waitForOpen(count: number): Promise<void> {
    await until(`${count} open requests`, () => (this.open === count ? true : undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', this.url).pathname;
    this.#counts.set(path, this.count(path) + 1);
    this.open++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    response.on('close', () => {
      this.open--;
    });
    const answer = this.#answers.get(path);
    if (answer) answer(response, request);
    else response.writeHead(404).end('nothing here');
  }
}
