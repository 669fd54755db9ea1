import { isIP } from 'node:net';
import { AddressBook } from './address-book.ts';
import type { Answer } from './answer.ts';
import { checkUrl, hostOf } from './check-url.ts';
import { Connections } from './connections.ts';
import type { Deadline } from './deadline.ts';
import { exchange, NotSentError, unreachable } from './exchange.ts';
import { follow, type Hop, isRedirect } from './redirect.ts';
import { checkHead, dismissBody, readBody } from './remote-body.ts';
import { RemoteError } from './remote-error.ts';
import type { RemotePolicy } from './remote-policy.ts';
import type { RemoteRequest, RemoteResponse } from './remote-request.ts';
import { requestHeaders } from './request-headers.ts';

const REDIRECTS = 3;
const CONNECT_MS = 5000;
const IDLE_MS = 10_000;
/** Addresses of one name that are tried. */
const TRIES = 4;

/** Does what `RemoteClient` promises. */
export class Fetcher {
  readonly #policy: RemotePolicy;
  readonly #addresses: AddressBook;
  readonly #connections = new Connections();

  constructor(policy: RemotePolicy) {
    this.#policy = policy;
    this.#addresses = new AddressBook(policy);
  }

  /** @param deadline disposed of when the body has ended. */
  async fetch(request: RemoteRequest, deadline: Deadline): Promise<RemoteResponse> {
    const { method = 'GET', body } = request;
    const redirects = request.redirects ?? (method === 'GET' ? REDIRECTS : 0);
    const asked = checkUrl(request.url, this.#policy);
    const headers = requestHeaders(request.headers ?? {}, body, request.bodyBytes);
    let hop: Hop = { url: asked, method, headers, body };
    for (let followed = 0; ; followed++) {
      const answer = await this.#exchange(hop, deadline.signal);
      const { status, headers: answered } = answer.head;
      const location = answered.get('location');
      if (redirects === 0 || !isRedirect(status, location)) {
        return this.#respond(request, asked, hop.url, answer, deadline);
      }
      answer.close();
      if (followed === redirects) {
        throw new RemoteError('protocol', `${hop.url.host} redirects after ${redirects} redirects`);
      }
      hop = follow(hop, status, location, this.#policy);
    }
  }

  /** @throws RemoteError `refused` */
  async check(url: string): Promise<void> {
    const checked = checkUrl(url, this.#policy);
    if (isIP(hostOf(checked)) !== 0) await this.#addresses.find(checked, new AbortController().signal);
  }

  close(): void {
    this.#connections.close();
  }

  async #exchange(hop: Hop, signal: AbortSignal): Promise<Answer> {
    const addresses = (await this.#addresses.find(hop.url, signal)).slice(0, TRIES);
    const { connectMs = CONNECT_MS, idleMs = IDLE_MS } = this.#policy;
    let until = performance.now() + connectMs;
    let failure: unknown;
    // A request that may have had an effect goes out once, on a connection that is sure to be alive.
    let fresh = hop.method !== 'GET';
    for (let left = addresses.length; left > 0; ) {
      const address = addresses[addresses.length - left] ?? '';
      // An address that swallows everything must leave time for the others.
      const share = Math.max(1, (until - performance.now()) / left);
      try {
        const limits = { signal, policy: this.#policy, connectMs: share, idleMs };
        return await exchange({ ...hop, ...limits }, address, this.#connections, fresh);
      } catch (error) {
        if (!(error instanceof NotSentError)) throw error;
        failure = error.cause;
        if (!error.isStale) left--;
        else {
          fresh = true;
          // No connection has been tried for so far.
          until = performance.now() + connectMs;
        }
      }
    }
    throw unreachable(hop.url, failure);
  }

  #respond(
    request: RemoteRequest,
    asked: URL,
    final: URL,
    answer: Answer,
    deadline: Deadline,
  ): RemoteResponse {
    const limits = {
      maxBytes: Math.min(request.maxBytes ?? this.#policy.maxBytes, this.#policy.maxBytes),
      idleMs: this.#policy.idleMs ?? IDLE_MS,
      signal: deadline.signal,
      host: final.host,
    };
    const close = () => {
      deadline[Symbol.dispose]();
      answer.close();
    };
    const head = { ...answer.head, url: asked.href, finalUrl: final.href };
    if (request.headOnly) {
      deadline[Symbol.dispose]();
      void dismissBody(answer);
      return { ...head, body: nothing(), close };
    }
    try {
      checkHead(answer.head, limits);
    } catch (error) {
      close();
      throw error;
    }
    return { ...head, body: readBody(answer, limits, close), close };
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}
