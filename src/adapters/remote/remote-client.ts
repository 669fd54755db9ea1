import { Deadline } from './deadline.ts';
import type { Fetcher } from './fetcher.ts';
import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';
import type { RemoteRequest, RemoteResponse } from './remote-request.ts';

export { RemoteError } from './remote-error.ts';
export type { RemotePolicy } from './remote-policy.ts';
export type { RemoteRequest, RemoteResponse } from './remote-request.ts';

/** The one way out of the server: speaks HTTP with public addresses only, whatever they answer. */
export class RemoteClient {
  readonly #policy: RemotePolicy;
  readonly #running = new Set<Deadline>();
  #fetcher: Promise<Fetcher> | undefined;

  constructor(policy: RemotePolicy) {
    this.#policy = policy;
  }

  /** @throws RemoteError; the reason of the caller's signal. */
  async fetch(request: RemoteRequest): Promise<RemoteResponse> {
    const timeoutMs = Math.min(request.timeoutMs ?? this.#policy.timeoutMs, this.#policy.timeoutMs);
    const deadline = new Deadline(timeoutMs, request.signal);
    this.#running.add(deadline);
    deadline.onDispose = () => this.#running.delete(deadline);
    try {
      const fetcher = await this.#opened();
      return await fetcher.fetch(request, deadline);
    } catch (error) {
      deadline[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Checks what can be seen of an address without a look-up; the rest shows when it is fetched.
   * @throws RemoteError `refused`
   */
  async check(url: string): Promise<void> {
    await (await this.#opened()).check(url);
  }

  /** Ends what runs, with `unreachable`. */
  async close(): Promise<void> {
    for (const deadline of this.#running) deadline.end(new RemoteError('unreachable', 'the server stops'));
    const fetcher = await this.#fetcher;
    fetcher?.close();
  }

  #opened(): Promise<Fetcher> {
    // An idle server does without the 3 MB that the client for HTTP takes.
    this.#fetcher ??= import('./fetcher.ts').then((module) => new module.Fetcher(this.#policy));
    return this.#fetcher;
  }
}
