import { describe, expect, test } from 'bun:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ALLOWED, startHostile } from '../support/hostile-server.ts';
import { remoteClient } from '../support/remote.ts';
import { until } from '../support/temporary.ts';

const CHUNK = new Uint8Array(65_536).fill(120);
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

async function* pieces(count: number, gapMs = 0): AsyncGenerator<Uint8Array, void> {
  for (let i = 0; i < count; i++) {
    if (gapMs > 0) await pause(gapMs);
    yield CHUNK;
  }
}

describe('a body that is sent in pieces', () => {
  test('has its length where that is known, and is chunked where it is not', async () => {
    await using server = await startHostile((socket) => socket.write(OK));
    await using remote = remoteClient();
    const request = { url: `${server.origin}/`, method: 'POST' } as const;
    await remote.fetchWhole({ ...request, body: pieces(10), bodyBytes: 10 * CHUNK.byteLength });
    await until('the body', () => server.bodies.length >= 10 * CHUNK.byteLength || undefined);
    expect(server.heads[0]).toContain(`content-length: ${10 * CHUNK.byteLength}`);
    expect(server.heads[0]?.toLowerCase()).not.toContain('transfer-encoding');
    await remote.fetchWhole({ ...request, body: pieces(1) });
    expect(server.heads[1]?.toLowerCase()).toContain('transfer-encoding: chunked');
  });

  test('may take longer than a server may be silent, as long as it takes something', async () => {
    const server = Bun.serve({
      hostname: ALLOWED,
      port: 0,
      fetch: async (request) => new Response(String((await request.bytes()).byteLength)),
    });
    await using remote = remoteClient({ idleMs: 2000 });
    const { text } = await remote.fetchWhole({
      url: server.url.href,
      method: 'POST',
      body: pieces(30, 100),
      bodyBytes: 30 * CHUNK.byteLength,
    });
    expect(text).toBe(String(30 * CHUNK.byteLength));
    await server.stop(true);
  }, 30_000);

  test('is given up when it is not taken', async () => {
    await using server = await startHostile((socket) => void socket.pause());
    await using remote = remoteClient({ idleMs: 500 });
    const reason = await remote.reasonOf({
      url: `${server.origin}/`,
      method: 'POST',
      body: pieces(10_000),
      bodyBytes: 10_000 * CHUNK.byteLength,
    });
    expect(reason).toBe('timeout');
  }, 30_000);
});

describe('an answer of which only the head counts', () => {
  test.each([
    ['that is packed', 'HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc'],
    ['that is too large', 'HTTP/1.1 201 Created\r\nContent-Length: 999999999999\r\n\r\nabc'],
    ['that never ends', 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ['that is cut', 'HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nabc'],
  ])('may be one %s', async (_what, answer) => {
    await using server = await startHostile((socket) => socket.write(answer));
    await using remote = remoteClient();
    const response = await remote.client.fetch({
      url: `${server.origin}/`,
      method: 'POST',
      body: CHUNK,
      headOnly: true,
    });
    expect([response.status, await Array.fromAsync(response.body)]).toEqual([201, []]);
    await until('the connection to end', () => server.open === 0 || undefined);
  });
});

test.each([
  ['http://10.0.0.1/', 'refused'],
  ['http://[fd00::1]/', 'refused'],
  ['http://0x7f.1/', 'refused'],
  ['http://93.184.215.14:8080/', 'refused'],
  ['ftp://example.com/', 'refused'],
  ['http://a:b@example.com/', 'refused'],
  [`http://${ALLOWED}:1234/`, 'good'],
  ['http://93.184.215.14/', 'good'],
  ['https://example.com:8443/', 'good'],
])('%s is %s as far as can be seen without a look-up', async (url, expected) => {
  await using remote = remoteClient();
  const outcome = await remote.client.check(url).then(
    () => 'good',
    (error: { reason?: string }) => error.reason,
  );
  expect(outcome).toBe(expected);
});
