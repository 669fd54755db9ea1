import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { uniquePng, wavPieces } from '../support/pictures.ts';
import { hasProc, openFiles, residentBytes } from '../support/processes.ts';
import { RawRequest } from '../support/raw-request.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const CLIENTS = 100;
const ROUNDS = 4;
const SPARE_FILES = 4;

let server: StockroomServer;
let client: Client;
beforeAll(async () => {
  server = await startStockroom();
  client = await Client.loggedIn(server.url);
});
afterAll(async () => await server[Symbol.asyncDispose]());

/** Uploads bytes. @returns the URL and the path on disk. */
async function keep(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<{ url: string; path: string }> {
  const directory = join(server.dataDir, 'files');
  const before = new Set(filesBelow(directory));
  const [material] = await client.upload([new File([bytes], name)]);
  const key = filesBelow(directory).find((path) => !before.has(path));
  return { url: String(material?.url), path: join(directory, String(key)) };
}

describe('a stored file that is', () => {
  const logged = (path: string) => server.output().includes(path.split('/').slice(-2).join('/'));

  test.each([
    ['missing', 'small', (path: string) => rm(path)],
    ['cut', 'small', (path: string) => truncate(path, 100)],
    ['longer than it was', 'small', (path: string) => truncate(path, 10 * MIB)],
    ['missing', 'large', (path: string) => rm(path)],
    ['cut', 'large', (path: string) => truncate(path, MIB)],
  ] as const)(
    '%s (%s) is an error before the first header, and its key is in the log',
    async (_, size, harm) => {
      const bytes = size === 'small' ? uniquePng() : Buffer.concat([...wavPieces(2)]);
      const { url, path } = await keep(new Uint8Array(bytes), 'a.bin');
      // In memory from here on, where it is small.
      expect(sha256(await (await fetch(url)).bytes())).toBe(sha256(bytes));
      await harm(path);
      for (const headers of [{}, { Range: 'bytes=0-1' }, { Range: 'bytes=0-1,5-6' }] as Record<
        string,
        string
      >[]) {
        for (const method of ['GET', 'HEAD']) {
          const response = await fetch(url, { method, headers });
          expect(response.status).toBe(500);
          expect(response.headers.get('etag')).toBeNull();
          if (method === 'GET') expect(await response.json()).toMatchObject({ code: 'INTERNAL_ERROR' });
        }
      }
      await until('the log to name it', () => logged(path) || undefined);
    },
  );
});

test('ranges behind 2 GiB of a sparse file are the right bytes', async () => {
  // No picture: the server would read all of that for its placeholder.
  const { url, path } = await keep(new Uint8Array(Buffer.concat([...wavPieces(1)])), 'sparse.wav');
  const size = 3 * GIB;
  const marks = [0, 2 ** 31 - 2, 2 ** 31 + 5, size - 4];
  const handle = await open(path, 'r+');
  await handle.truncate(size);
  for (const at of marks) await handle.write(Buffer.from(`<${at % 97}>`.padEnd(4).slice(0, 4)), 0, 4, at);
  await handle.close();
  const sql = await openSql(server, {});
  await sql`update blobs set size = ${size} where storage_key = ${path.split('/files/')[1] ?? ''}`;
  await sql.end();

  for (const at of marks) {
    const response = await fetch(url, { headers: { Range: `bytes=${at}-${at + 3}` } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${at}-${at + 3}/${size}`);
    expect(await response.text()).toBe(`<${at % 97}>`.padEnd(4).slice(0, 4));
  }
  const tail = await fetch(url, { headers: { Range: `bytes=${2 ** 31 + 5}-` } });
  expect(tail.headers.get('content-length')).toBe(String(size - 2 ** 31 - 5));
  await tail.body?.cancel();
  const head = await fetch(url, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(size));
  const several = await fetch(url, {
    headers: { Range: `bytes=${marks.map((at) => `${at}-${at + 3}`)}` },
  });
  const body = await several.text();
  for (const at of marks) expect(body).toContain(`/${size}\r\n\r\n${`<${at % 97}>`.padEnd(4).slice(0, 4)}`);
}, 30_000);

describe('clients that leave in the middle', () => {
  let url: string;
  let path: string;
  beforeAll(async () => {
    ({ url } = await keep(new Uint8Array(Buffer.concat([...wavPieces(32)])), 'large.wav'));
    path = new URL(url).pathname;
  });
  const leave = async (headers: Record<string, string>) => {
    const request = await RawRequest.open(server.url, path, headers, 'GET');
    await request.received(1);
    request.reset();
  };

  test.skipIf(!hasProc).each([
    ['the whole', {}],
    ['a range', { Range: 'bytes=1000000-' }],
    ['several ranges', { Range: 'bytes=0-9999999,20000000-' }],
    ['what If-Range makes the whole', { Range: 'bytes=0-9', 'If-Range': '"x"' }],
  ] as const)(
    'of %s leave descriptors and memory where they were',
    async (_, headers) => {
      const pid = server.process.pid;
      const round = () => Promise.all(Array.from({ length: CLIENTS }, () => leave(headers)));
      await round();
      const before = { files: openFiles(pid), memory: 0 };
      await until('the first to be gone', () => openFiles(pid) <= before.files || undefined);
      before.memory = residentBytes(pid);
      for (let i = 0; i < ROUNDS; i++) await round();
      await until(
        'descriptors to be closed',
        () => openFiles(pid) <= before.files + SPARE_FILES || undefined,
      );
      expect(residentBytes(pid) - before.memory).toBeLessThan(64 * MIB);
      expect((await fetch(url, { headers: { Range: 'bytes=0-3' } })).status).toBe(206);
      expect(server.process.exitCode).toBeNull();
    },
    60_000,
  );
});

describe.concurrent('a client that', () => {
  const STALL_SECONDS = 60;
  const SLOW_SECONDS = 80;
  /** Bytes a second. */
  const SLOW_RATE = 60_000;
  let path: string;
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    bytes = new Uint8Array(Buffer.concat([...wavPieces(12)]));
    const { url } = await keep(bytes, 'slow.wav');
    path = new URL(url).pathname;
  });
  const begin = async (headers: Record<string, string> = {}) => {
    const request = await RawRequest.open(server.url, path, headers, 'GET');
    await request.received(1);
    return request;
  };

  test.skipIf(!hasProc).each([
    ['the whole', {}],
    ['several ranges', { Range: 'bytes=0-5999999,7000000-' }],
  ] as const)(
    'takes no more of %s is cut after 30 to 60 s',
    async (_, headers) => {
      const request = await begin(headers);
      request.pause();
      const started = performance.now();
      await until(
        'the server to close',
        () => !request.isEstablished() || undefined,
        // A busy machine is late.
        (STALL_SECONDS + 5) * 1000,
      );
      const seconds = (performance.now() - started) / 1000;
      expect(seconds).toBeGreaterThan(30);
      request.reset();
    },
    80_000,
  );

  test('takes its bytes slowly and steadily gets all of them', async () => {
    const request = await RawRequest.open(server.url, path, {}, 'GET');
    const started = performance.now();
    for (let seconds = 0; seconds < SLOW_SECONDS; seconds = (performance.now() - started) / 1000) {
      if (request.receivedBytes <= seconds * SLOW_RATE) await request.take();
      // The pace is what is tested.
      await Bun.sleep(100);
    }
    request.resume();
    const answer = await request.answer(20_000);
    expect(answer.status).toBe(200);
    expect(sha256(answer.body)).toBe(sha256(bytes));
    request.close();
  }, 130_000);
});
