import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { answerOf, drip, type HostileServer, startHostile, writeForEver } from '../support/hostile-server.ts';
import { remoteClient } from '../support/remote.ts';
import { until } from '../support/temporary.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** The connection of a fetch that failed does not stay. */
async function isLeft(server: HostileServer): Promise<void> {
  await until('the end of the connection', () => server.open === 0 || undefined);
}

describe('an answer', () => {
  test.each([
    ['with a length', answerOf('picture')],
    ['in chunks', `${CHUNKED}3\r\npic\r\n4;a=b\r\nture\r\n0\r\n\r\n`],
    ['until the end of the connection', `${OK}\r\npicture`],
    [
      'after interim ones',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${answerOf('picture')}`,
    ],
    ['said not to be encoded', answerOf('picture', `${OK}Content-Encoding: identity`)],
    ['of HTTP/1.0', answerOf('picture', 'HTTP/1.0 200 OK')],
  ])('is read: %s', async (_what, bytes) => {
    await using server = await startHostile((socket) => socket.end(bytes));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
  });

  test.each([
    ['a shorter body than announced', answerOf('picture').replace('7', '70')],
    ['a negative length', `${OK}Content-Length: -7\r\n\r\npicture`],
    ['a length that is no number', `${OK}Content-Length: 0x7\r\n\r\npicture`],
    ['an absurd length', `${OK}Content-Length: 99999999999999999999999\r\n\r\npicture`],
    ['two lengths', `${OK}Content-Length: 7\r\nContent-Length: 3\r\n\r\npicture`],
    [
      'a length and chunks',
      `${OK}Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n3\r\npic\r\n0\r\n\r\n`,
    ],
    ['no last chunk', `${CHUNKED}3\r\npic\r\n`],
    ['half a chunk', `${CHUNKED}30\r\npic`],
    ['chunks without sizes', `${CHUNKED}zz\r\npic\r\n0\r\n\r\n`],
    ['endless chunk extensions', `${CHUNKED}3;${'x'.repeat(1_000_000)}\r\npic\r\n0\r\n\r\n`],
    ['endless trailers', `${CHUNKED}3\r\npic\r\n0\r\n${'X: y\r\n'.repeat(100_000)}\r\n`],
    ['another transfer encoding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n3\r\npic\r\n0\r\n\r\n`],
    ['a header field without an end', `${OK}X: ${'a'.repeat(1_000_000)}`],
    ['too many header fields', `${OK}${'X: y\r\n'.repeat(20_000)}\r\n`],
    ['no head (HTTP/0.9)', 'picture'],
    ['another protocol', '220 mail.test ESMTP\r\n'],
    ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a change of protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\npicture'],
    ['another protocol that is taken back', `HTTP/1.1 101 Switching\r\n\r\n${answerOf('picture')}`],
    [
      'an interim answer of HTTP/1.0, which has none',
      `HTTP/1.0 103 Early Hints\r\n\r\n${answerOf('picture')}`,
    ],
    ['many interim answers', `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(17)}${answerOf('picture')}`],
  ])('is an error: %s', async (_what, bytes) => {
    await using server = await startHostile((socket) => socket.end(bytes));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('protocol');
    await isLeft(server);
  });

  test.each(['Content-Length', 'Transfer-Encoding', 'Content-Encoding'])(
    'cannot fill the log: %s',
    async (name) => {
      await using server = await startHostile((socket) =>
        socket.end(`${OK}${name}: ${'x'.repeat(20_000)}\r\n\r\n`),
      );
      await using remote = remoteClient();
      const error = await remote.fetchWhole({ url: server.origin }).catch((error: Error) => error);
      expect(error).toMatchObject({ reason: 'protocol' });
      expect(Bun.inspect(error).includes('x'.repeat(100))).toBe(false);
    },
  );

  test.each([
    ['a header field', `${OK}X: `, 'a'.repeat(1000)],
    ['header fields', OK, 'X: y\r\n'.repeat(100)],
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['a chunk extension', `${CHUNKED}3;`, 'a'.repeat(1000)],
    ['trailer fields', `${CHUNKED}0\r\n`, 'X: y\r\n'.repeat(100)],
  ])('is an error as soon as %s has no end', async (_what, start, piece) => {
    await using server = await startHostile((socket) => {
      socket.write(start);
      writeForEver(socket, piece);
    });
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('protocol');
    await isLeft(server);
  });

  test.each([
    ['another protocol', '220 mail.test ESMTP\r\n'],
    ['one letter', 'x'],
  ])('is an error before it ends where it can be none: %s', async (_what, bytes) => {
    await using server = await startHostile((socket) => socket.write(bytes));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('protocol');
    await isLeft(server);
  });

  test('that ends before it began is unreachable', async () => {
    await using server = await startHostile((socket) => socket.end());
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('unreachable');
  });

  test.each([
    ['with a length', `${OK}Content-Length: 700\r\n\r\npicture`],
    ['in chunks', `${CHUNKED}7\r\npicture\r\n`],
    ['without a length', `${OK}\r\npicture`],
  ])('that is reset half-way is an error: %s', async (_what, bytes) => {
    let connection: Socket | undefined;
    await using server = await startHostile((socket) => {
      connection = socket;
      socket.write(bytes);
    });
    await using remote = remoteClient();
    const { body } = await remote.client.fetch({ url: server.origin });
    const read = Array.fromAsync(body, () => connection?.resetAndDestroy());
    await expect(read).rejects.toMatchObject({ reason: 'protocol' });
  });

  test('longer than announced is cut there, and nothing of the rest becomes another answer', async () => {
    await using server = await startHostile((socket) =>
      socket.write(`${answerOf('picture')}${answerOf('poison')}`),
    );
    await using remote = remoteClient();
    for (let time = 0; time < 3; time++) {
      expect(['200 picture', 'protocol']).toContain(await remote.reasonOf({ url: server.origin }));
    }
  });

  test('that is compressed is refused, and not asked for', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    for (const encoding of ['gzip', 'GZIP', 'deflate', 'br', 'zstd', 'identity, gzip', 'x-unknown']) {
      await using server = await startHostile((socket) => {
        socket.write(`${OK}Content-Encoding: ${encoding}\r\nContent-Length: ${bomb.length}\r\n\r\n`);
        socket.end(bomb);
      });
      await using remote = remoteClient();
      expect(await remote.reasonOf({ url: server.origin })).toBe('protocol');
      expect(server.heads[0]?.toLowerCase()).toContain('\r\naccept-encoding: identity');
    }
  });
});

describe('a body over the limit', () => {
  test('is refused before it is read when it says so', async () => {
    await using server = await startHostile((socket) => socket.write(`${OK}Content-Length: 1000001\r\n\r\n`));
    await using remote = remoteClient();
    await expect(remote.client.fetch({ url: server.origin })).rejects.toMatchObject({ reason: 'too-large' });
    await isLeft(server);
  });

  test.each([
    ['without a length', `${OK}\r\n`, 'x'.repeat(1000)],
    ['in chunks', CHUNKED, `3e8\r\n${'x'.repeat(1000)}\r\n`],
  ])('is cut when it does not end: %s', async (_what, head, piece) => {
    await using server = await startHostile((socket) => {
      socket.write(head);
      writeForEver(socket, piece);
    });
    await using remote = remoteClient();
    const { body } = await remote.client.fetch({ url: server.origin });
    let bytes = 0;
    const read = Array.fromAsync(body, (chunk) => {
      bytes += chunk.byteLength;
    });
    await expect(read).rejects.toMatchObject({ reason: 'too-large' });
    expect(bytes).toBeLessThanOrEqual(1_000_000);
    await isLeft(server);
  });

  test('of exactly the limit is whole; a request may lower the limit, not raise it', async () => {
    await using server = await startHostile((socket) => socket.end(`${OK}\r\n${'x'.repeat(1000)}`));
    await using remote = remoteClient({ maxBytes: 1000 });
    expect(await remote.reasonOf({ url: server.origin })).toStartWith('200');
    expect(await remote.reasonOf({ url: server.origin, maxBytes: 999 })).toBe('too-large');
    await using less = remoteClient({ maxBytes: 999 });
    expect(await less.reasonOf({ url: server.origin, maxBytes: 1000 })).toBe('too-large');
  });
});

describe('time', () => {
  test.each([
    ['silence', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nX: '],
    ['half a body', `${OK}Content-Length: 700\r\n\r\npicture`],
  ])('between bytes is limited: %s', async (_what, bytes) => {
    await using server = await startHostile((socket) => socket.write(bytes));
    await using remote = remoteClient({ idleMs: 300 });
    expect(await remote.reasonOf({ url: server.origin })).toBe('timeout');
    await isLeft(server);
  });

  test.each([
    ['a head', 'HTTP/1.1 200 OK\r\nX: '],
    ['a body', `${OK}\r\n`],
    ['a body with a length', `${OK}Content-Length: 100000\r\n\r\n`],
    ['a body in chunks', CHUNKED],
  ])('of a whole fetch is limited where bytes drip: %s', async (_what, bytes) => {
    await using server = await startHostile((socket) => {
      socket.write(bytes);
      drip(socket, bytes === CHUNKED ? '1\r\nx\r\n' : 'x', 20);
    });
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin, timeoutMs: 500 })).toBe('timeout');
    await isLeft(server);
  });

  test('of a fetch ends also for a body that nobody reads', async () => {
    await using server = await startHostile((socket) =>
      socket.write(`${OK}Content-Length: 700\r\n\r\npicture`),
    );
    await using remote = remoteClient({ timeoutMs: 300 });
    const { body } = await remote.client.fetch({ url: server.origin });
    await isLeft(server);
    await expect(Array.fromAsync(body)).rejects.toMatchObject({ reason: 'timeout' });
  });

  test('that a steady server needs is given to it', async () => {
    await using server = await startHostile((socket) => {
      socket.write(`${OK}Content-Length: 30\r\n\r\n`);
      drip(socket, 'x', 50);
    });
    await using remote = remoteClient({ idleMs: 1000 });
    expect(await remote.reasonOf({ url: server.origin })).toBe(`200 ${'x'.repeat(30)}`);
  });
});
