import { describe, expect, test } from 'bun:test';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, fixture, type GraphQLAnswer, uploadForm } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { canMount, mountSmallDisk } from '../support/mounts.ts';
import { uniquePng } from '../support/pictures.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const MIB = 1024 * 1024;

describe('a disk that is nearly full', () => {
  test.skipIf(missing('a file system of its own', canMount())).each([
    ['where uploads wait', 'spool'],
    ['where files are kept', 'files'],
  ])(
    '%s refuses uploads before their bytes come; reads go on, and uploads when there is room',
    async (_, name) => {
      await using directory = await temporaryDirectory();
      const dataDir = join(directory.path, 'data');
      const disk = join(dataDir, name);
      await mkdir(disk, { recursive: true });
      using _disk = mountSmallDisk(disk, 2);
      await using server = await startStockroom({ dataDir, env: { SPOOL_BYTES: String(100 * MIB) } });
      const client = await Client.loggedIn(server.url);
      const [material] = await client.upload([new File([uniquePng()], 'a.png')]);
      const ballast = join(disk, '.ballast');
      await leave(ballast, 20_000);

      const refused = await beginUpload(server, client, MIB);
      const answer = await refused.answer();
      expect(answer.status).toBe(507);
      expect(answer.headers.get('retry-after')).toBe('60');
      expect(answer.text).toContain('STORAGE_FULL');
      refused.reset();
      const legacy = await client.send('/malls/1/upload_batch', {
        method: 'POST',
        body: uploadForm([new File([uniquePng()], 'b.png')], { mallId: 1 }),
      });
      expect(legacy.status).toBe(507);

      expect((await fetch(String(material?.url))).status).toBe(200);
      expect(await client.data('{ materials(first: 5) { totalCount } }')).toEqual({
        materials: { totalCount: 1 },
      });
      await rm(ballast);
      const [again] = await client.upload([new File([uniquePng()], 'c.png')]);
      expect(again?.__typename).toBe('Material');
    },
    60_000,
  );

  test.skipIf(missing('a file system of its own', canMount()))(
    'has no room for an upload that says it is larger',
    async () => {
      await using directory = await temporaryDirectory();
      const dataDir = join(directory.path, 'data');
      await mkdir(join(dataDir, 'files'), { recursive: true });
      using _disk = mountSmallDisk(join(dataDir, 'files'), 2);
      await using server = await startStockroom({ dataDir });
      const client = await Client.loggedIn(server.url);
      const request = await beginUpload(server, client, 3 * MIB);
      expect((await request.answer()).status).toBe(507);
      request.reset();
      expect(filesBelow(join(dataDir, 'spool'))).toEqual([]);
    },
    60_000,
  );
});

test('without memory to spare uploads and decoding are 503, while what is cheap goes on', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const url = await (async () => {
    await using server = await startStockroom({ dataDir });
    const client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('photo.jpg')]);
    return new URL(String(material?.url)).pathname;
  })();
  await using server = await startStockroom({ dataDir, env: { MAX_MEMORY_BYTES: '1' } });
  const client = await Client.loggedIn(server.url);
  const response = await client.send('/graphql', {
    method: 'POST',
    headers: { 'apollo-require-preflight': '1' },
    body: uploadForm([new File([uniquePng()], 'a.png')], { mallId: 1 }),
  });
  const answer = (await response.json()) as GraphQLAnswer;
  expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect(response.headers.get('retry-after')).toBe('10');
  const variant = await fetch(`${server.url}${url}?w=100`);
  expect([variant.status, variant.headers.get('retry-after')]).toEqual([503, '10']);
  expect((await fetch(server.url + url)).status).toBe(200);
  expect((await client.data('{ me { username } }')).me).toEqual({ username: 'admin' });
}, 60_000);

test.skipIf(missing('sh', Bun.which('sh')))(
  'a server that may open few files answers or refuses, survives, and works afterwards',
  async () => {
    await using server = await startStockroom({
      wrapper: ['sh', '-c', 'ulimit -n 128; exec "$0" "$@"'],
    });
    const client = await Client.loggedIn(server.url);
    const [material] = await client.upload([new File([uniquePng(MIB)], 'a.png')]);
    // Each holds a connection, and the uploads a file besides.
    const held = await Promise.all(
      Array.from({ length: 60 }, () => beginUpload(server, client, 1000, uniquePng().subarray(0, 500))),
    );
    const asked = Array.from({ length: 150 }, async (_, i) => {
      try {
        const signal = AbortSignal.timeout(2000);
        if (i % 3 === 0) {
          const body = uploadForm([new File([uniquePng()], `${i}.png`)], { mallId: 1 });
          const headers = { 'apollo-require-preflight': '1' };
          return (await client.send('/graphql', { method: 'POST', headers, body, signal })).status;
        }
        return (await fetch(String(material?.url), { signal })).status;
      } catch {
        // It was not taken, or waits to be.
        return 0;
      }
    });
    const statuses = new Set(await Promise.all(asked));
    for (const request of held) request.reset();
    expect([...statuses].filter((status) => ![0, 200, 503].includes(status))).toEqual([]);
    await until(
      'an upload to work again',
      async () => {
        const results = await client.upload([new File([uniquePng()], 'z.png')]).catch(() => []);
        return results[0]?.__typename === 'Material' || undefined;
      },
      30_000,
    );
    expect(server.process.exitCode).toBeNull();
    expect(await server.stop()).toBe(0);
  },
  120_000,
);

/** Sends the head of an upload, and of its body as much as is given. */
async function beginUpload(server: StockroomServer, client: Client, bytes: number, part?: Uint8Array) {
  const request = await RawRequest.open(server.url, '/graphql', {
    Cookie: client.cookie ?? '',
    'Content-Type': 'multipart/form-data; boundary=x',
    'Apollo-Require-Preflight': '1',
    'Content-Length': String(bytes),
  });
  if (part) await request.write(part);
  return request;
}

/** Fills a disk but for so many bytes. */
async function leave(ballast: string, bytes: number): Promise<void> {
  const file = await open(ballast, 'w');
  let written = 0;
  try {
    for (;;) written += (await file.write(new Uint8Array(4096))).bytesWritten;
  } catch {
    await file.truncate(Math.max(0, written - bytes));
    await file.close();
  }
}
