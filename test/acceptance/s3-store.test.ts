import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createBucket, findCeph, type TestBucket } from '../support/ceph.ts';
import { Client, type GraphQLAnswer, uploadForm } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { freePort } from '../support/ports.ts';
import { hasProc, residentBytes } from '../support/processes.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { countMaterials } from '../support/upload.ts';

const MIB = 1024 * 1024;
const PREFIX = 'some/prefix/';

describe.skipIf(missing('Ceph', findCeph()))('a server whose S3 store', () => {
  let bucket: TestBucket;
  let proxy: TcpProxy;
  beforeEach(async () => {
    bucket = await createBucket();
    proxy = await startProxy(bucket.port);
  });
  afterEach(async () => await proxy[Symbol.asyncDispose]());

  const start = async (options: { dataDir?: string; env?: Record<string, string> } = {}) =>
    await startStockroom({ ...options, env: { ...bucket.env(proxy.port), ...options.env } });
  const kept = async () => [...(await bucket.objects()), ...(await bucket.unfinished())];
  const spooled = ({ dataDir }: StockroomServer) => filesBelow(join(dataDir, 'spool'));
  const send = async (client: Client, bytes: Uint8Array<ArrayBuffer>) =>
    await client.send('/graphql', {
      method: 'POST',
      headers: { 'apollo-require-preflight': '1' },
      body: uploadForm([new File([bytes], 'a.png')], { mallId: 1 }),
    });
  const expectRefused = async (response: Response, status: number, code: string) => {
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([status, code]);
    // Nothing of the store is told to the client.
    expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|prefix|bucket|ECONN|Quota|PUT/i);
  };
  /** From now on each connection to the store is cut. */
  const breakStore = () => {
    proxy.judge = () => 'cut-before';
  };
  const heal = () => {
    proxy.judge = () => 'pass';
    proxy.judgeAnswer = () => 'pass';
  };

  test('is well keeps files below its prefix, once for the same bytes', async () => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    const bytes = uniquePng(20 * MIB);
    const results = await client.upload([new File([bytes], 'a.png'), new File([bytes], 'b.png')]);
    expect(await kept()).toHaveLength(1);
    expect((await kept())[0]).toStartWith(PREFIX);
    for (const { url } of results) {
      expect(sha256(await (await fetch(String(url))).bytes())).toBe(sha256(bytes));
      const part = await fetch(String(url), { headers: { range: 'bytes=8388600-8388699' } });
      expect([part.status, sha256(await part.bytes())]).toEqual([
        206,
        sha256(bytes.subarray(8388600, 8388700)),
      ]);
    }
    expect(spooled(server)).toEqual([]);
  });

  test.each([
    ['small', 1000],
    ['large', 20 * MIB],
  ])('cannot be reached refuses a %s file with 503 and keeps nothing', async (_, size) => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    breakStore();
    const response = await send(client, uniquePng(size));
    expect(response.headers.get('retry-after')).not.toBeNull();
    await expectRefused(response, 503, 'SERVICE_UNAVAILABLE');
    expect(await countMaterials(client)).toBe(0);
    // The name waits for the store to be asked; the bytes take no room meanwhile.
    for (const name of spooled(server)) expect(statSync(join(server.dataDir, 'spool', name)).size).toBe(0);
    heal();
    await until('the spool to be empty', () => spooled(server).length === 0 || undefined, 20_000);
    expect(await kept()).toEqual([]);
    expect((await send(client, uniquePng(size))).status).toBe(200);
    expect(await kept()).toHaveLength(1);
  });

  test('breaks off in the middle of a large file answers 503 and loses what had come to it', async () => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    let parts = 0;
    proxy.judge = (bytes) => {
      if (/^PUT .*partNumber=/.test(bytes.subarray(0, 300).toString('latin1'))) parts++;
      return parts > 3 ? 'cut-before' : 'pass';
    };
    await expectRefused(await send(client, uniquePng(50 * MIB)), 503, 'SERVICE_UNAVAILABLE');
    heal();
    await until('nothing to be left', async () => (await kept()).length === 0 || undefined, 20_000);
    await until('the spool to be empty', () => spooled(server).length === 0 || undefined, 20_000);
    expect(await countMaterials(client)).toBe(0);
  });

  test('is full answers 507 and keeps nothing', async () => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    await bucket.limit(MIB);
    await expectRefused(await send(client, uniquePng(20 * MIB)), 507, 'STORAGE_FULL');
    await expectRefused(await send(client, uniquePng(3 * MIB)), 507, 'STORAGE_FULL');
    expect(await kept()).toEqual([]);
    expect(spooled(server)).toEqual([]);
    expect((await send(client, uniquePng())).status).toBe(200);
  });

  test('cannot be reached answers requests for files with 503, and gives them when it is back', async () => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    const bytes = uniquePng(MIB);
    const [result] = await client.upload([new File([bytes], 'a.png')]);
    const url = String(result?.url);
    breakStore();
    const refused = await fetch(url);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      503,
      'SERVICE_UNAVAILABLE',
    ]);
    heal();
    expect(sha256(await (await fetch(url)).bytes())).toBe(sha256(bytes));
  });

  test('breaks connections while a file is sent does not show to the client', async () => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    const bytes = uniquePng(30 * MIB);
    const [result] = await client.upload([new File([bytes], 'a.png')]);
    let passed = 0;
    let cuts = 0;
    proxy.judgeAnswer = (piece) => {
      passed += piece.length;
      if (passed < 5 * MIB || cuts === 4) return 'pass';
      passed = 0;
      cuts++;
      return 'cut-after';
    };
    expect(sha256(await (await fetch(String(result?.url))).bytes())).toBe(sha256(bytes));
    expect(cuts).toBe(4);
  });

  test('has got half of a file when the server is killed has nothing of it after the next start', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = directory.path;
    let whole: unknown;
    {
      await using server = await start({ dataDir });
      const client = await Client.loggedIn(server.url);
      [whole] = await client.upload([new File([uniquePng()], 'whole.png')]);
      proxy.judge = (bytes) =>
        /^PUT .*partNumber=3&/.test(bytes.subarray(0, 300).toString('latin1')) ? 'lose' : 'pass';
      const upload = send(client, uniquePng(40 * MIB)).catch(() => {});
      await until('an unfinished upload', async () => (await bucket.unfinished())[0]);
      expect(spooled(server)).toHaveLength(1);
      await server.kill();
      await upload;
    }
    heal();
    await using server = await start({ dataDir });
    expect(await bucket.unfinished()).toEqual([]);
    expect(await bucket.objects()).toHaveLength(1);
    expect(spooled(server)).toEqual([]);
    const { basePath, sha256: digest } = whole as { basePath: string; sha256: string };
    expect(sha256(await (await fetch(`${server.url}/files${basePath}`)).bytes())).toBe(digest);
  });

  test('had no row for an object when the server was killed loses it at the next start', async () => {
    await using directory = await temporaryDirectory();
    const id = '01980000-0000-7000-8000-000000000000';
    await Bun.write(join(directory.path, 'spool', id), 'half a picture');
    await bucket.client.write(`${PREFIX}01980/${id}`, 'half a picture');
    await bucket.client.write(`${PREFIX}01980/${id.replace(/0$/, '1')}`, 'of another server');
    await using server = await start({ dataDir: directory.path });
    expect(await bucket.objects()).toEqual([`${PREFIX}01980/${id.replace(/0$/, '1')}`]);
    expect(spooled(server)).toEqual([]);
  });

  test.each([
    ['small', 1000],
    ['large', 3 * MIB],
  ])('has lost a %s file answers with an error before any byte', async (_, size) => {
    await using server = await start();
    const client = await Client.loggedIn(server.url);
    const [material] = await client.upload([new File([uniquePng(size)], 'a.png')]);
    for (const key of await bucket.objects()) await bucket.client.delete(key);
    for (const headers of [{}, { range: 'bytes=0-9' }, { range: 'bytes=0-0,5-6' }] as Record<
      string,
      string
    >[]) {
      const response = await fetch(String(material?.url), { headers });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ code: 'INTERNAL_ERROR' });
    }
  });

  test('may be asked directly gives large public files itself, and nothing else', async () => {
    await using server = await start({ env: { S3_REDIRECT_BYTES: String(MIB) } });
    const client = await Client.loggedIn(server.url);
    const bytes = uniquePng(2 * MIB);
    const files = [new File([bytes], '春 1.png'), new File([uniquePng()], 'small.png')];
    const [large, small] = await client.upload(files);
    const url = String(large?.url);
    const get = async (address: string, init: RequestInit = {}) =>
      await fetch(address, { redirect: 'manual', ...init });

    const redirect = await get(url);
    expect([redirect.status, redirect.headers.get('cache-control')]).toEqual([302, 'no-store']);
    expect(redirect.headers.get('etag')).toBeNull();
    const direct = await fetch(String(redirect.headers.get('location')));
    expect(Object.fromEntries(direct.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes.byteLength),
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(sha256(await direct.bytes())).toBe(sha256(bytes));
    const part = await fetch(url, { headers: { range: 'bytes=5-9' } });
    expect([part.status, await part.bytes()]).toEqual([206, new Uint8Array(bytes.subarray(5, 10))]);
    expect((await fetch(`${url}&download`)).headers.get('content-disposition')).toContain(
      `filename*=UTF-8''${encodeURIComponent('春 1.png')}`,
    );

    const { headers } = await get(url, { method: 'HEAD' });
    const etag = String(headers.get('etag'));
    const status = async (address: string, own: Record<string, string> = {}) =>
      (await get(address, { headers: own })).status;
    expect(headers.get('content-length')).toBe(String(bytes.byteLength));
    expect(await status(url, { 'if-none-match': etag })).toBe(304);
    expect(await status(url, { 'if-match': etag })).toBe(200);
    expect(await status(url, { 'if-range': etag, range: 'bytes=0-0' })).toBe(206);
    expect(await status(url, { range: 'bytes=99999999-' })).toBe(416);
    expect(await status(`${url}&w=100`)).toBe(200);
    expect(await status(String(small?.url))).toBe(200);

    const hide = 'mutation ($id: ID!) { updateMaterial(id: $id, input: { visibility: PRIVATE }) { id } }';
    await client.data(hide, { id: large?.id });
    expect(await status(url)).toBe(404);
    expect(await status(url, { cookie: client.cookie ?? '' })).toBe(200);
  });

  test.skipIf(!hasProc)('is read by slow clients costs memory that does not depend on the size', async () => {
    await using server = await start({ env: { MAX_FILE_BYTES: String(300 * MIB) } });
    const client = await Client.loggedIn(server.url);
    const [small] = await client.upload([new File([uniquePng(MIB)], 'small.png')]);
    const [large] = await client.upload([new File([uniquePng(200 * MIB)], 'large.png')]);
    await (await fetch(String(small?.url))).bytes();
    const { pid } = server.process;
    const before = residentBytes(pid);
    let most = before;
    const readers = await Promise.all(
      Array.from({ length: 5 }, async () => (await fetch(String(large?.url))).body?.getReader()),
    );
    for (const reader of readers) await reader?.read();
    for (const end = Date.now() + 2000; Date.now() < end; ) {
      most = Math.max(most, residentBytes(pid));
      await Bun.sleep(20);
    }
    for (const reader of readers) await reader?.cancel();
    // Held for them, it would be 1,000 MiB; what the upload has left to the collector varies.
    expect(most - before).toBeLessThan(500 * MIB);
  });

  describe('cannot be used', () => {
    const SECRET = 'hunter2-secret';
    const failure = async (env: Record<string, string>) => {
      await using directory = await temporaryDirectory();
      const child = spawnStockroom({ DATA_DIR: directory.path, ...bucket.env(), ...env });
      const [errors, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expect(exitCode).toBe(1);
      const lines = errors.trimEnd().split('\n');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toStartWith('stockroom: STORAGE_URL=s3://');
      expect(errors).not.toContain(SECRET);
      expect(errors).not.toContain(bucket.secretAccessKey);
      return lines[0] ?? '';
    };

    test('ends the start with a line that says why, without a secret', async () => {
      const { STORAGE_URL = '' } = bucket.env();
      expect(await failure({ STORAGE_URL: STORAGE_URL.replace(bucket.name, 'no-such-bucket') })).toContain(
        'NoSuchBucket',
      );
      expect(await failure({ S3_SECRET_ACCESS_KEY: SECRET })).toContain('SignatureDoesNotMatch');
      expect(await failure({ S3_ACCESS_KEY_ID: 'stranger' })).toContain('InvalidAccessKeyId');
      const nobody = bucket.env(await freePort());
      expect(await failure(nobody)).toContain('ECONNREFUSED');
    });
  });
});
