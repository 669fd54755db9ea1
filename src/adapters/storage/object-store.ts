/** Where blobs are kept, by keys that the server makes. */
export interface ObjectStore {
  /**
   * Keeps the bytes of a finished, synced file under `key`, where nothing is yet; durable when it resolves. The file
   * itself stays.
   * @throws the file system's error (ENOSPC, EIO …) or StoreError. `abandon` then removes what may have been kept.
   */
  put(key: string, path: string): Promise<void>;
  /** Whether the store answers. @throws the file system's error or StoreError where it does not. */
  check(): Promise<void>;
  /** Size in bytes, or undefined when there is no such object. */
  size(key: string): Promise<number | undefined>;
  /** The same for a store that knows it without waiting, in some microseconds. */
  sizeNow?(key: string): number | undefined;
  /** The bytes from `start` up to and without `end`. Nothing is read before one of its methods is called. */
  read(key: string, start: number, end: number): StoredBytes;
  /** Path of the object's file, where the store has its objects as files on this machine. */
  localPath?(key: string): string;
  /** Bytes that the store has left for uploads, where it knows; negative when it is nearly full. */
  room?(): Promise<number>;
  /** Removes the object if it is there. */
  remove(key: string): Promise<void>;
  /** Removes the object if it is there, and all that a `put` of it which did not resolve has left. */
  abandon(key: string): Promise<void>;
  /** Ends what a `put` began longer ago than this, ms, and left: it is in no list. @returns how many there were. */
  removeUnfinished?(olderThanMs: number): Promise<number>;
  /** All objects whose keys begin with `prefix` and come after `startAfter`, in the order of their keys' bytes. */
  list(prefix?: string, startAfter?: string): AsyncIterable<StoredObject>;
  /** A URL at which anybody gets the object for some time, or undefined where the store has none. */
  presign(key: string, options: PresignOptions): string | undefined;
}

/** Part of an object, or all of it. */
export interface StoredBytes {
  /** Bytes that were asked for. */
  readonly size: number;
  /** All of them, in memory. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** One after the other, no faster than they are taken. It fails when the object is missing or cut. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

export interface PresignOptions {
  /** Up to seven days. */
  readonly expiresInSeconds: number;
  /** Headers of the answer. */
  readonly contentType?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
}
