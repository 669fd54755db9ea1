import { describe, expect, test } from 'bun:test';
import { makeCertificate } from '../support/front-end/serve.ts';
import { ALLOWED, answerOf, PRIVATE, redirectTo, startHostile } from '../support/hostile-server.ts';
import { remoteClient } from '../support/remote.ts';
import { missing } from '../support/services.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

/** Redirects `/n` to `/n-1`, and shows a picture at `/0`. */
async function startCountdown() {
  return await startHostile((socket, head) => {
    const left = Number(/^\w+ \/(\d+)/.exec(head)?.[1]);
    socket.write(left === 0 ? answerOf('picture') : redirectTo(`/${left - 1}`));
  });
}

describe('a redirect', () => {
  test('is followed three times and no further', async () => {
    await using server = await startCountdown();
    await using remote = remoteClient();
    const three = await remote.fetchWhole({ url: `${server.origin}/3#top` });
    expect(three).toMatchObject({ text: 'picture', finalUrl: `${server.origin}/0` });
    expect(await remote.reasonOf({ url: `${server.origin}/4` })).toBe('protocol');
    expect(await remote.reasonOf({ url: `${server.origin}/2`, redirects: 1 })).toBe('protocol');
  });

  test('in a loop ends', async () => {
    await using server = await startHostile((socket) => socket.write(redirectTo('/again')));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('protocol');
    expect(server.heads.length).toBe(4);
  });

  test('is an answer like any other where none is followed, as for what is posted', async () => {
    await using server = await startCountdown();
    await using remote = remoteClient();
    expect((await remote.fetchWhole({ url: `${server.origin}/1`, redirects: 0 })).status).toBe(302);
    const body = Buffer.from('{}');
    const posted = await remote.fetchWhole({ url: `${server.origin}/1`, method: 'POST', body });
    expect(posted.status).toBe(302);
    expect(posted.headers.get('location')).toBe('/0');
    expect(server.heads.length).toBe(2);
  });

  test('without a place is an answer like any other', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('gone', 'HTTP/1.1 302 Found')));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('302 gone');
  });

  test.each([
    ['a private address', `http://${PRIVATE}:PORT/`],
    ['a private address in other words', 'http://2130706433:PORT/'],
    ['a private address without a scheme', `//${PRIVATE}:PORT/`],
    ['a private name', 'http://localhost:PORT/'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,x'],
    ['credentials', `http://a:b@${ALLOWED}:PORT/`],
    ['no address', 'http://['],
    ['a long address', `/${'a'.repeat(10_000)}`],
  ])('is refused to %s', async (_what, location) => {
    await using inside = await startHostile((socket) => socket.write(answerOf('secret')), { host: PRIVATE });
    const place = location.replace('PORT', `${inside.port}`);
    await using server = await startHostile((socket) => socket.write(redirectTo(place)));
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('refused');
    expect(inside.connections).toBe(0);
    expect(server.heads.length).toBe(1);
  });

  test.skipIf(missing('openssl', Bun.which('openssl')))('is refused from https to http', async () => {
    await using directory = await temporaryDirectory();
    const tls = await makeCertificate(directory.path);
    await using plain = await startHostile((socket) => socket.write(answerOf('picture')));
    await using server = await startHostile((socket) => socket.write(redirectTo(plain.origin)), { tls });
    await using remote = remoteClient({ ca: tls.cert, resolveName: async () => [ALLOWED] });
    expect(await remote.reasonOf({ url: `https://stock.test:${server.port}/` })).toBe('refused');
    expect(server.heads.length).toBe(1);
    expect(plain.connections).toBe(0);
  });

  test('takes secrets along only within the origin', async () => {
    const headers = { Authorization: 'Bearer secret', Cookie: 'a=b', 'X-Key': 'secret', Accept: 'image/*' };
    await using other = await startHostile((socket) => socket.write(answerOf('picture')));
    await using server = await startHostile((socket, head) =>
      socket.write(redirectTo(head.startsWith('GET /far') ? other.origin : '/far')),
    );
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: `${server.origin}/near`, headers })).toBe('200 picture');
    expect(server.heads[1]?.toLowerCase()).toContain('\r\nauthorization: bearer secret');
    expect(server.heads[1]?.toLowerCase()).toContain('\r\nx-key: secret');
    const far = other.heads[0]?.toLowerCase() ?? '';
    expect(far).toContain('\r\naccept: image/*');
    expect(far).not.toMatch(/secret|cookie/);
  });

  test('of what is posted becomes a GET, or the same again, as its status says', async () => {
    for (const [status, line] of [
      [301, 'GET /next'],
      [303, 'GET /next'],
      [307, 'POST /next'],
      [308, 'POST /next'],
    ] as const) {
      await using server = await startHostile((socket, head) =>
        socket.end(head.includes('/next') ? answerOf('done') : redirectTo('/next', status)),
      );
      await using remote = remoteClient();
      const body = Buffer.from('content');
      expect(await remote.reasonOf({ url: server.origin, method: 'POST', body, redirects: 1 })).toBe(
        '200 done',
      );
      expect(server.heads[1]).toStartWith(line);
      expect(server.heads[1]?.includes('\r\ncontent-length: 7')).toBe(status >= 307);
    }
  });

  test('of what is posted tells its length to another origin too', async () => {
    const body = Buffer.from('content');
    await using other = await startHostile((socket) => {
      void until('the body', () => other.bodies.length >= body.length || undefined).then(() =>
        socket.end(answerOf('done')),
      );
    });
    await using server = await startHostile((socket) => socket.end(redirectTo(other.origin, 308)));
    await using remote = remoteClient();
    const headers = { 'x-key': 'secret', 'content-type': 'text/plain' };
    const request = { url: server.origin, method: 'POST', headers, body, redirects: 1 } as const;
    expect(await remote.reasonOf(request)).toBe('200 done');
    expect(other.heads[0]).toContain('\r\ncontent-length: 7');
    expect(other.heads[0]).not.toMatch(/chunked|secret/);
    expect(other.bodies).toBe('content');
  });
});
