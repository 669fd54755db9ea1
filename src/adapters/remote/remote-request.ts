export interface RemoteRequest {
  readonly url: string;
  /** Default `GET`. */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Of a body that comes in pieces, if it is known: the server is told. */
  readonly bodyBytes?: number;
  /** Only the head of the answer counts: its body may be anything, is not read and comes empty. */
  readonly headOnly?: boolean;
  /** How many are followed; default 3 for `GET`, else 0. With 0 a redirect is an answer like any other. */
  readonly redirects?: number;
  /** Less than the policy allows, bytes. */
  readonly maxBytes?: number;
  /** Less than the policy allows, ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RemoteResponse {
  readonly status: number;
  readonly headers: Headers;
  /** As asked, without a fragment. */
  readonly url: string;
  /** That of the last redirect. */
  readonly finalUrl: string;
  /**
   * Once, and not faster than it is read; the time of the fetch goes on until its end.
   * @throws RemoteError `too-large`, `timeout`, `protocol`; the signal's reason.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** For whoever does not read the body to its end. */
  close(): void;
}
