import { describe, expect, test } from 'bun:test';
import { presignUrl, signRequest } from '../../../../../src/adapters/storage/s3/sign.ts';

/** Keys as in Amazon's documentation. */
const bucket = {
  endpoint: 'https://s3.amazonaws.com',
  region: 'us-east-1',
  name: 'examplebucket',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const now = new Date('2013-05-24T00:00:00Z');

describe('a signature', () => {
  test('covers the method, the key, the query and the day', () => {
    const request = { method: 'GET', key: 'a', query: { prefix: 'x' } } as const;
    const signature = (...changed: Parameters<typeof signRequest>) =>
      signRequest(...changed).headers.authorization?.split('Signature=')[1];
    const first = signature(bucket, request, now);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      signature(bucket, { ...request, method: 'HEAD' }, now),
      signature(bucket, { ...request, key: 'b' }, now),
      signature(bucket, { ...request, query: { prefix: 'y' } }, now),
      signature({ ...bucket, region: 'eu-central-1' }, request, now),
      signature({ ...bucket, secretAccessKey: 'other' }, request, now),
      signature(bucket, request, new Date('2013-05-25T00:00:00Z')),
    ];
    expect(new Set([first, ...others]).size).toBe(7);
    expect(signature(bucket, { ...request }, now)).toBe(first);
  });

  test('holds no secret, and its URL has every special character escaped', () => {
    const { url, headers } = signRequest(
      bucket,
      { method: 'GET', key: "a b/春!'()*~.-_", query: { uploads: '', prefix: 'a/b c' } },
      now,
    );
    expect(url).toBe(
      'https://s3.amazonaws.com/examplebucket/a%20b/%E6%98%A5%21%27%28%29%2A~.-_?prefix=a%2Fb%20c&uploads=',
    );
    expect(JSON.stringify(headers)).not.toContain(bucket.secretAccessKey);
  });

  test('in a URL is the one that Bun makes', () => {
    const client = new Bun.S3Client({ ...bucket, bucket: bucket.name });
    const theirs = new URL(client.presign('a/b.png', { expiresIn: 600 }));
    const at = theirs.searchParams.get('X-Amz-Date') ?? '';
    const date = new Date(at.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
    const ours = new URL(presignUrl(bucket, { method: 'GET', key: 'a/b.png' }, 600, date));
    expect(Object.fromEntries(ours.searchParams)).toEqual(Object.fromEntries(theirs.searchParams));
  });
});
