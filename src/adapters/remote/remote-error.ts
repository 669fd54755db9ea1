/**
 * Why nothing, or not all, was fetched: not allowed, no connection, too late, more bytes than allowed, or an answer
 * that HTTP does not allow. For the log only: who asked must not learn `refused`, `unreachable` and `timeout`
 * apart, or could search the server's network with it.
 */
export type RemoteFault = 'refused' | 'unreachable' | 'timeout' | 'too-large' | 'protocol';

export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly reason: RemoteFault;

  /** @param message for the log: names and addresses, never a path or a query, which may hold secrets. */
  constructor(reason: RemoteFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
