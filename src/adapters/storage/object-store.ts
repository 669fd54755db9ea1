/** Where blobs are kept, by keys that the server makes. */
export interface ObjectStore {
  /**
   * Keeps the bytes of a finished, synced file under `key`; durable when it resolves. The file itself stays.
   * @throws the file system's error (ENOSPC, EIO …); then nothing is kept under the key.
   */
  put(key: string, path: string): Promise<void>;
  /** Size in bytes, or undefined when there is no such object. */
  size(key: string): Promise<number | undefined>;
  /** The bytes from `start` up to and without `end`. Nothing is read before the Blob is. */
  read(key: string, start: number, end: number): Blob;
  /** Removes the object if it is there. */
  remove(key: string): Promise<void>;
  /** All objects whose keys begin with `prefix` and come after `startAfter`, in the order of their keys' bytes. */
  list(prefix?: string, startAfter?: string): AsyncIterable<StoredObject>;
}

export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}
