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

  test('ends with an answer that does not wait for it', async () => {
    await using server = await startHostile((socket) =>
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'),
    );
    await using remote = remoteClient();
    let given = 0;
    let isEnded = false;
    async function* body() {
      try {
        for (; given < 10_000; given++) {
          yield CHUNK;
          await pause(1);
        }
      } finally {
        isEnded = true;
      }
    }
    const { status } = await remote.fetchWhole({ url: `${server.origin}/`, method: 'POST', body: body() });
    expect(status).toBe(413);
    await until('the end of the body', () => isEnded || undefined);
    expect(given).toBeLessThan(10_000);
    await until('the end of the connection', () => server.open === 0 || undefined);
  });

  test.each([
    ['more than was said', 3, 2],
    ['less than was said', 2, 3],
  ])('is cut when it is %s', async (_what, count, said) => {
    await using server = await startHostile(() => {});
    await using remote = remoteClient();
    const sent = remote.reasonOf({
      url: `${server.origin}/`,
      method: 'POST',
      body: pieces(count),
      bodyBytes: said * CHUNK.byteLength,
    });
    expect(await sent).toBe('unreachable');
    await until('the end of the connection', () => server.open === 0 || undefined);
    expect(server.bodies.length).toBeLessThanOrEqual(2 * CHUNK.byteLength);
  });

  test('that fails on the way ends the request', async () => {
    await using server = await startHostile(() => {});
    await using remote = remoteClient();
    async function* failing() {
      yield CHUNK;
      throw new Error('no more');
    }
    expect(await remote.reasonOf({ url: `${server.origin}/`, method: 'POST', body: failing() })).toBe(
      'unreachable',
    );
    await until('the end of the connection', () => server.open === 0 || undefined);
    expect(server.bodies).not.toEndWith('0\r\n\r\n');
  });

  test('arrives as it was, in chunks', async () => {
    const server = Bun.serve({
      hostname: ALLOWED,
      port: 0,
      fetch: async (request) =>
        new Response(`${request.headers.get('content-length')} ${await request.text()}`),
    });
    await using remote = remoteClient();
    async function* words() {
      for (const word of ['one ', '', 'two ', 'three']) yield new TextEncoder().encode(word);
    }
    const { text } = await remote.fetchWhole({ url: server.url.href, method: 'POST', body: words() });
    expect(text).toBe('null one two three');
    await server.stop(true);
  });

  test('may be none at all', async () => {
    await using server = await startHostile((socket) => socket.write(OK));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: `${server.origin}/`, method: 'POST' })).toBe('200 ');
    expect(server.heads[0]?.toLowerCase()).toContain('\r\ncontent-length: 0');
  });

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

test.each([
  [{ 'x-own': 'a\r\nx-other: b' }],
  [{ 'x-own': 'a\nb' }],
  [{ 'x-own': 'a\0b' }],
  [{ 'x-own\r\nx-other': 'b' }],
  [{ 'x own': 'b' }],
  [{ 'x-own': 'Ω' }],
])('header fields that are none are never sent: %p', async (headers) => {
  await using server = await startHostile((socket) => socket.write(OK));
  await using remote = remoteClient();
  await expect(remote.fetchWhole({ url: server.origin, headers })).rejects.toThrow(TypeError);
  expect(server.connections).toBe(0);
});
