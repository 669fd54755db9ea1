import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { signRequest } from '../../src/adapters/storage/s3/sign.ts';
import type { S3Store } from '../../src/adapters/storage/s3-store.ts';
import { createBucket, findCeph, type TestBucket } from '../support/ceph.ts';
import { freePort } from '../support/ports.ts';
import { openStore, PREFIX } from '../support/s3-store.ts';
import { missing } from '../support/services.ts';
import { startProxy, type TcpProxy, type Verdict } from '../support/tcp-proxy.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const MIB = 1024 * 1024;
const BYTES = new Uint8Array(20 * MIB).map((_, i) => i >> 12);
const PART = /^PUT .*partNumber=/;
const SECOND_PART = /^PUT .*partNumber=2/;
const CREATE = /^POST .*uploads=/;
const COMPLETE = /^POST .*uploadId=/;

describe.skipIf(missing('Ceph', findCeph()))('an S3 store that', () => {
  let bucket: TestBucket;
  let proxy: TcpProxy;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let large: string;
  let small: string;
  /** Through the proxy. */
  let store: S3Store;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    large = join(directory.path, 'large');
    small = join(directory.path, 'small');
    await Bun.write(large, BYTES);
    await Bun.write(small, BYTES.subarray(0, 1000));
  });
  afterAll(async () => await directory[Symbol.asyncDispose]());

  beforeEach(async () => {
    bucket = await createBucket();
    proxy = await startProxy(bucket.port);
    store = await openStore(bucket, { port: proxy.port, timeoutMs: 1000 });
  });
  afterEach(async () => await proxy[Symbol.asyncDispose]());

  /** Breaks requests that begin so; a connection that carries one stays broken until the next request on it. */
  const breakRequests = (pattern: RegExp, verdict: Verdict, times = Number.POSITIVE_INFINITY) => {
    let left = times;
    const broken = new WeakSet<object>();
    proxy.judge = (bytes, connection) => {
      const head = bytes.subarray(0, 300).toString('latin1');
      if (/^[A-Z]+ \//.test(head)) {
        broken.delete(connection);
        if (pattern.test(head) && left-- > 0) broken.add(connection);
      }
      return broken.has(connection) ? verdict : 'pass';
    };
  };
  const heal = () => {
    proxy.judge = () => 'pass';
    proxy.judgeAnswer = () => 'pass';
  };
  const expectNothing = async () => {
    expect([await bucket.objects(), await bucket.unfinished()]).toEqual([[], []]);
  };
  const expectOne = async (bytes: Uint8Array) => {
    expect(await bucket.objects()).toEqual([`${PREFIX}a/1`]);
    expect(await bucket.unfinished()).toEqual([]);
    expect(Buffer.compare(await store.read('a/1', 0, bytes.length).bytes(), bytes)).toBe(0);
  };

  test.each([
    ['a request for a small file', /^PUT /, 'cut-before'],
    ['the answer to it', /^PUT /, 'cut-after'],
  ] as const)('drops %s once is asked again', async (_, pattern, verdict) => {
    breakRequests(pattern, verdict, 1);
    await store.put('a/1', small);
    await expectOne(BYTES.subarray(0, 1000));
  });

  test.each([
    ['the beginning of an upload', CREATE, 'cut-before'],
    ['the answer to the beginning of an upload', CREATE, 'cut-after'],
    ['a part', SECOND_PART, 'cut-before'],
    ['the end of an upload', COMPLETE, 'cut-before'],
    ['the answer to the end of an upload', COMPLETE, 'cut-after'],
  ] as const)('drops %s once is asked again, and keeps no unfinished upload', async (_, pattern, verdict) => {
    breakRequests(pattern, verdict, 1);
    await store.put('a/1', large);
    await expectOne(BYTES);
  });

  test.each([
    ['the beginning of each upload', CREATE, 'cut-after'],
    ['a part again and again', SECOND_PART, 'cut-before'],
    ['all parts', PART, 'cut-before'],
    ['each end of an upload', COMPLETE, 'cut-before'],
    ['each answer to the end of an upload', COMPLETE, 'cut-after'],
  ] as const)('drops %s fails the upload, of which nothing is left', async (_, pattern, verdict) => {
    breakRequests(pattern, verdict);
    await expect(store.put('a/1', large)).rejects.toMatchObject({ name: 'StoreError', fault: 'unavailable' });
    heal();
    await store.abandon('a/1');
    await expectNothing();
    await store.put('a/1', large);
    await expectOne(BYTES);
  });

  test.each([
    ['a small file', /^PUT /, () => small],
    ['a part', SECOND_PART, () => large],
  ] as const)('takes %s and never answers is given up', async (_, pattern, path) => {
    breakRequests(pattern, 'lose');
    const start = performance.now();
    await expect(store.put('a/1', path())).rejects.toMatchObject({
      fault: 'unavailable',
      code: 'TimeoutError',
    });
    expect(performance.now() - start).toBeLessThan(15_000);
    heal();
    await store.abandon('a/1');
    await expectNothing();
  });

  test('drops a connection while an object is read is asked for the rest', async () => {
    await store.put('a/1', large);
    let cuts = 0;
    const passed = new WeakMap<object, number>();
    proxy.judgeAnswer = (bytes, connection) => {
      const sum = (passed.get(connection) ?? 0) + bytes.length;
      passed.set(connection, sum);
      if (sum < 3 * MIB || cuts === 5) return 'pass';
      cuts++;
      return cuts % 2 ? 'cut-before' : 'cut-after';
    };
    const bytes = await store.read('a/1', 5, BYTES.length - 5).bytes();
    expect(Buffer.compare(bytes, BYTES.subarray(5, -5))).toBe(0);
    expect(cuts).toBe(5);
  });

  test('stops answering while an object is read fails the reader, however slow it was before', async () => {
    await store.put('a/1', large);
    let passed = 0;
    proxy.judgeAnswer = (bytes) => {
      passed += bytes.length;
      return passed < 3 * MIB ? 'pass' : 'lose';
    };
    const reader = store.read('a/1', 0, BYTES.length).stream().getReader();
    await reader.read();
    // A pause of the reader is none of the store's.
    await Bun.sleep(1500);
    const rest = async () => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toMatchObject({ name: 'StoreError', code: 'TimeoutError' });
  });

  test('refuses connections fails each operation soon', async () => {
    const { port } = proxy;
    await proxy[Symbol.asyncDispose]();
    const unavailable = { name: 'StoreError', fault: 'unavailable' };
    const start = performance.now();
    await expect(store.put('a/1', large)).rejects.toMatchObject(unavailable);
    await expect(store.size('a/1')).rejects.toMatchObject(unavailable);
    await expect(store.read('a/1', 0, 5).bytes()).rejects.toMatchObject(unavailable);
    await expect(store.remove('a/1')).rejects.toMatchObject(unavailable);
    await expect(store.abandon('a/1')).rejects.toMatchObject(unavailable);
    await expect(Array.fromAsync(store.list())).rejects.toMatchObject(unavailable);
    await expect(openStore(bucket, { port })).rejects.toMatchObject(unavailable);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('cannot be used is not opened', async () => {
    const opening = (options: Parameters<typeof openStore>[1]) => openStore(bucket, options);
    const refused = (code: string) => ({ name: 'StoreError', fault: 'refused', code });
    await expect(opening({ bucket: { name: 'no-such-bucket' } })).rejects.toMatchObject(
      refused('NoSuchBucket'),
    );
    await expect(opening({ bucket: { accessKeyId: 'stranger' } })).rejects.toMatchObject(
      refused('InvalidAccessKeyId'),
    );
    await expect(opening({ bucket: { secretAccessKey: 'wrong-secret' } })).rejects.toMatchObject(
      refused('SignatureDoesNotMatch'),
    );
    await expect(opening({ port: await freePort() })).rejects.toMatchObject({ fault: 'unavailable' });
    await expectNothing();
  });

  test('is full says so, and nothing is left', async () => {
    await bucket.limit(MIB);
    for (const path of [large, small]) {
      const filled = async () => {
        // The gateway looks at what it counted some moments ago.
        for (let i = 0; i < 2000; i++) await store.put(`full/${i}`, path);
      };
      await expect(filled()).rejects.toMatchObject({
        name: 'StoreError',
        fault: 'full',
        code: 'QuotaExceeded',
      });
      for await (const { key } of store.list()) await store.remove(key);
      await store.abandon('full/0');
    }
    await expectNothing();
  });

  test('has unfinished uploads of others ends the old ones below its prefix only', async () => {
    for (const key of [`${PREFIX}a/1`, `${PREFIX}b/2`, 'some/prefixed', 'other']) {
      await bucket.send('POST', `${bucket.name}/${key}?uploads=`);
    }
    expect(await store.removeUnfinished(60_000)).toBe(0);
    expect(await bucket.unfinished()).toHaveLength(4);
    // Times have whole seconds.
    expect(await store.removeUnfinished(-2000)).toBe(2);
    expect(await bucket.unfinished()).toEqual(['other', 'some/prefixed']);
  });

  test('has more unfinished uploads than one answer holds ends them all', async () => {
    const keys = Array.from({ length: 1_003 }, (_, i) => `${PREFIX}${i}`);
    const place = { ...bucket, endpoint: `http://127.0.0.1:${bucket.port}` };
    const work = async () => {
      for (let key = keys.pop(); key; key = keys.pop()) {
        const { url, headers } = signRequest(place, { method: 'POST', key, query: { uploads: '' } });
        expect((await fetch(url, { method: 'POST', headers })).status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    expect(await store.removeUnfinished(-2000)).toBe(1_003);
    expect(await bucket.unfinished()).toEqual([]);
  });

  test('gives addresses under which anybody gets the object, as it is told, until they expire', async () => {
    await store.put('a/1', small);
    const url = store.presign('a/1', {
      expiresInSeconds: 60,
      contentType: 'image/png',
      contentDisposition: `attachment; filename="a b.png"; filename*=UTF-8''%E6%98%A5.png`,
      cacheControl: 'public, max-age=60',
    });
    const answer = await fetch(url, { headers: { range: 'bytes=1-9' } });
    expect(answer.status).toBe(206);
    expect(Buffer.compare(await answer.bytes(), BYTES.subarray(1, 10))).toBe(0);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toEndWith("UTF-8''%E6%98%A5.png");
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60');
    expect((await fetch(url.replace('image%2Fpng', 'text%2Fhtml'))).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    const short = store.presign('a/1', { expiresInSeconds: 1 });
    expect(await store.size('a/1')).toBe(1000);
    await until('the address to expire', async () => (await fetch(short)).status === 403 || undefined);
  });
});
