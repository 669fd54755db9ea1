import { S3Store, type S3StoreOptions } from '../../src/adapters/storage/s3-store.ts';
import type { TestBucket } from './ceph.ts';

interface StoreOptions {
  /** Of a proxy before the gateway. */
  readonly port?: number;
  readonly timeoutMs?: number;
  readonly bucket?: Partial<S3StoreOptions['bucket']>;
}

export const PREFIX = 'some/prefix/';

/** A store in a bucket of the test's own. */
export async function openStore(
  { name, region, accessKeyId, secretAccessKey, ...own }: TestBucket,
  { port = own.port, timeoutMs = 20_000, bucket = {} }: StoreOptions = {},
): Promise<S3Store> {
  const endpoint = `http://127.0.0.1:${port}`;
  return await S3Store.open({
    bucket: { name, region, endpoint, accessKeyId, secretAccessKey, ...bucket },
    prefix: PREFIX,
    timeoutMs,
  });
}
