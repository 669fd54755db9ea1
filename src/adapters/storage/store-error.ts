/**
 * Why a store did not do what it was told: `unavailable` may pass by itself, `full` when something is removed;
 * `refused` needs the operator.
 */
export type StoreFault = 'unavailable' | 'full' | 'refused';

/** A failure of a store behind the network. A local store throws the file system's errors. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;
  /** The store's own code, such as `NoSuchBucket`, or the network's. */
  readonly code: string;

  constructor(fault: StoreFault, code: string, message: string) {
    super(message);
    this.fault = fault;
    this.code = code;
  }
}
