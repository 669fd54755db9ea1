import { Limiter } from '../../lib/limiter.ts';
import type { ObjectStore, PresignOptions, StoredBytes, StoredObject } from './object-store.ts';
import { S3Requests } from './s3/requests.ts';
import { presignUrl, type S3Bucket } from './s3/sign.ts';
import { StoredRange } from './s3/stored-range.ts';
import { abortUploads, putFile, sizeOf } from './s3/upload.ts';
import { elementsOf, textOf } from './s3/xml.ts';

/** Time for a request without a body, and for the next bytes of one that is read, ms. */
const TIMEOUT_MS = 20_000;
/** Files and parts of files that are sent at once, of all uploads. */
const BODIES_AT_ONCE = 16;

const CHECK_KEY = 'write-check';

export interface S3StoreOptions {
  readonly bucket: S3Bucket;
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly timeoutMs?: number;
}

/** Objects in a bucket of an S3-compatible service. */
export class S3Store implements ObjectStore {
  readonly #bucket: S3Bucket;
  readonly #prefix: string;
  readonly #requests: S3Requests;
  readonly #bodies = new Limiter({ concurrency: BODIES_AT_ONCE });

  private constructor({ bucket, prefix, timeoutMs = TIMEOUT_MS }: S3StoreOptions) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#requests = new S3Requests(bucket, timeoutMs);
  }

  /** @throws StoreError when objects cannot be written, removed or listed. */
  static async open(options: S3StoreOptions): Promise<S3Store> {
    const store = new S3Store(options);
    const key = store.#key(CHECK_KEY);
    await store.#requests.send({ method: 'PUT', key, body: 'May this be written?' });
    await store.#requests.send({ method: 'DELETE', key });
    for await (const _ of store.list()) break;
    return store;
  }

  async put(key: string, path: string): Promise<void> {
    await putFile(this.#requests, this.#bodies, this.#key(key), path);
  }

  async check(): Promise<void> {
    // What is not there is an answer too.
    await this.size(CHECK_KEY);
  }

  async size(key: string): Promise<number | undefined> {
    return await sizeOf(this.#requests, this.#key(key));
  }

  read(key: string, start: number, end: number): StoredBytes {
    return new StoredRange(this.#requests, this.#key(key), start, end);
  }

  async remove(key: string): Promise<void> {
    await this.#requests.send({ method: 'DELETE', key: this.#key(key) });
  }

  async abandon(key: string): Promise<void> {
    await abortUploads(this.#requests, this.#key(key));
    await this.remove(key);
  }

  async *list(prefix = '', startAfter?: string): AsyncGenerator<StoredObject> {
    let from: Record<string, string> =
      startAfter === undefined ? {} : { 'start-after': this.#key(startAfter) };
    for (;;) {
      const query = { 'list-type': '2', prefix: this.#key(prefix), ...from };
      const { text } = await this.#requests.send({ method: 'GET', query });
      for (const object of elementsOf(text, 'Contents')) {
        yield {
          key: (textOf(object, 'Key') ?? '').slice(this.#prefix.length),
          size: Number(textOf(object, 'Size')),
          modified: new Date(textOf(object, 'LastModified') ?? Number.NaN),
        };
      }
      const token = textOf(text, 'NextContinuationToken');
      if (textOf(text, 'IsTruncated') !== 'true' || !token) return;
      from = { 'continuation-token': token };
    }
  }

  presign(key: string, options: PresignOptions): string {
    const { expiresInSeconds, contentType, contentDisposition, cacheControl } = options;
    const query = {
      ...(contentType === undefined ? {} : { 'response-content-type': contentType }),
      ...(contentDisposition === undefined ? {} : { 'response-content-disposition': contentDisposition }),
      ...(cacheControl === undefined ? {} : { 'response-cache-control': cacheControl }),
    };
    return presignUrl(this.#bucket, { method: 'GET', key: this.#key(key), query }, expiresInSeconds);
  }

  /**
   * Ends uploads that no process goes on with, such as those of a server whose spool is lost: what they have sent
   * costs room but is in no list of objects.
   * @param olderThanMs longer than any upload may take.
   * @returns how many there were.
   */
  async removeUnfinished(olderThanMs: number): Promise<number> {
    return await abortUploads(this.#requests, this.#prefix, new Date(Date.now() - olderThanMs));
  }

  #key(key: string): string {
    return this.#prefix + key;
  }
}
