import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { makeCertificate } from '../support/front-end/serve.ts';
import { ALLOWED, answerOf, type HostileServer, startHostile } from '../support/hostile-server.ts';
import { hasProc, openFiles, residentBytes } from '../support/processes.ts';
import { remoteClient } from '../support/remote.ts';
import { missing } from '../support/services.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
/** A connection rests for longer. */
const REST_MS = 3000;
const MIB = 1024 * 1024;

describe.skipIf(missing('openssl', Bun.which('openssl')))('TLS', () => {
  const resolveName = async () => [ALLOWED];

  async function startSecure() {
    await using directory = await temporaryDirectory();
    const tls = await makeCertificate(directory.path);
    return { tls, server: await startHostile((socket) => socket.write(answerOf('picture')), { tls }) };
  }

  test('is verified against the name, not against the address that is dialled', async () => {
    const { tls, server } = await startSecure();
    await using _server = server;
    await using remote = remoteClient({ ca: tls.cert, resolveName });
    const ask = (host: string) => remote.reasonOf({ url: `https://${host}:${server.port}/` });

    expect(await ask('stock.test')).toBe('200 picture');
    expect(await ask('stock.test')).toBe('200 picture');
    for (const host of ['stock.example', 'a.b.test', ALLOWED]) expect(await ask(host)).toBe('unreachable');
    expect(server.heads.length).toBe(2);
  });

  test('of nobody known is refused, also where the environment says that it need not be', async () => {
    const { server } = await startSecure();
    await using _server = server;
    const script = `
      const { remoteClient } = await import(${JSON.stringify(`${import.meta.dir}/../support/remote.ts`)});
      const remote = remoteClient({ resolveName: async () => ['${ALLOWED}'] });
      console.log(await remote.reasonOf({ url: 'https://stock.test:${server.port}/' }));`;
    expect(await run(script, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBe('unreachable');
    expect(server.heads.length).toBe(0);
  });

  test('has its time also where a connection that rested was tried for longer', async () => {
    const connectMs = 2000;
    await using directory = await temporaryDirectory();
    const tls = await makeCertificate(directory.path);
    await using server = await startHostile(
      (socket) => {
        if (server.heads.length !== 2) socket.write(answerOf('picture'));
        else setTimeout(() => socket.destroy(), connectMs + 100);
      },
      { tls },
    );
    await using remote = remoteClient({ ca: tls.cert, connectMs, resolveName });
    for (let time = 0; time < 2; time++) {
      expect(await remote.reasonOf({ url: `https://stock.test:${server.port}/` })).toBe('200 picture');
    }
    expect(server.connections).toBe(2);
  });

  test('that does not come about is given up in time', async () => {
    await using server = await startHostile(() => {});
    await using remote = remoteClient({ connectMs: 300, resolveName });
    expect(await remote.reasonOf({ url: `https://stock.test:${server.port}/` })).toBe('timeout');
    await until('the end of the connection', () => server.open === 0 || undefined);
  });
});

describe('an environment with proxies', () => {
  test('changes nothing', async () => {
    await using proxy = await startHostile((socket) => socket.write(answerOf('proxied')));
    await using server = await startHostile((socket) => socket.write(answerOf('direct')));
    const script = `
      const { remoteClient } = await import(${JSON.stringify(`${import.meta.dir}/../support/remote.ts`)});
      const remote = remoteClient();
      console.log(await remote.reasonOf({ url: '${server.origin}' }));
      console.log(await remote.reasonOf({ url: '${server.origin}', method: 'POST', body: Buffer.from('x') }));`;
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
    const proxies = Object.fromEntries(names.map((name) => [name, proxy.origin]));
    expect(await run(script, { ...proxies, NODE_USE_ENV_PROXY: '1', NO_PROXY: '' })).toBe(
      '200 direct\n200 direct',
    );
    expect(proxy.connections).toBe(0);
  });
});

describe('what is sent', () => {
  test.each([
    ['bytes', Buffer.from('content')],
    ['a stream', new Blob(['con', 'tent']).stream()],
  ])('arrives once, on a connection of its own: %s', async (_what, body) => {
    await using server = await startHostile((socket, head) => {
      const isSent = () => head.startsWith('GET') || server.bodies.includes('tent') || undefined;
      void until('the body', isSent).then(() => socket.write(answerOf('done')));
    });
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('200 done');
    expect(await remote.reasonOf({ url: server.origin, method: 'POST', body })).toBe('200 done');
    expect(server.connections).toBe(2);
    expect(server.heads.length).toBe(2);
  });

  test('is not what the client decides itself', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('done')));
    await using remote = remoteClient();
    const headers = {
      Host: 'evil.test',
      'Accept-Encoding': 'gzip',
      'Transfer-Encoding': 'chunked',
      'X-Own': 'kept',
    };
    await remote.fetchWhole({ url: server.origin, headers });
    const head = server.heads[0]?.toLowerCase() ?? '';
    expect(head).not.toMatch(/evil|gzip|chunked/);
    expect(head).toContain('\r\nx-own: kept');
  });
});

describe('a connection', () => {
  test('that the server has closed in between is made again', async () => {
    let answers = 0;
    await using server = await startHostile((socket) => {
      if (answers++ === 1) socket.resetAndDestroy();
      else socket.write(answerOf('picture'));
    });
    await using remote = remoteClient();
    for (let time = 0; time < 2; time++) {
      expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
    }
    expect(server.connections).toBe(2);
  });

  test.each([
    ['with a length', answerOf('picture')],
    ['in chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n7\r\npicture\r\n0\r\n\r\n`],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['that is a redirect', `HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n`],
  ])('serves again after an answer %s', async (_what, bytes) => {
    await using server = await startHostile((socket, head) =>
      socket.write(head.startsWith('GET /next') ? answerOf('next') : bytes),
    );
    await using remote = remoteClient();
    for (let time = 0; time < 3; time++) {
      expect(await remote.reasonOf({ url: server.origin })).toMatch(/^20[04] (picture|next)?$/);
    }
    expect(server.connections).toBe(1);
  });

  test.each([
    ['that closes it, also where the server does not', answerOf('picture', `${OK}Connection: x, Close`)],
    ['of HTTP/1.0', answerOf('picture', 'HTTP/1.0 200 OK\r\nConnection: keep-alive')],
    ['with something behind it', `${answerOf('picture')}x`],
    ['without a body, with something behind it', 'HTTP/1.1 204 No Content\r\n\r\nx'],
  ])('does not serve again after an answer %s', async (_what, bytes) => {
    await using server = await startHostile((socket) => socket.write(bytes));
    await using remote = remoteClient();
    for (let time = 0; time < 2; time++) {
      expect(await remote.reasonOf({ url: server.origin })).toMatch(/^20[04] (picture)?$/);
    }
    expect(server.connections).toBe(2);
  });

  test.each([
    ['something comes that nobody asked for', (socket: Socket) => socket.write(answerOf('poison'))],
    ['the server ends it in peace', (socket: Socket) => socket.end()],
  ])('at rest is not used again when %s', async (_what, disturb) => {
    let connection: Socket | undefined;
    await using server = await startHostile((socket) => {
      connection = socket;
      socket.write(answerOf('picture'));
    });
    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
    if (connection) disturb(connection);
    const since = performance.now();
    await isLeft(server);
    expect(performance.now() - since).toBeLessThan(REST_MS);
    expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
    expect([server.connections, server.heads.length]).toEqual([2, 2]);
  });

  test('ends after some seconds without use, and does not keep the process', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    const script = `
      const { remoteClient } = await import(${JSON.stringify(`${import.meta.dir}/../support/remote.ts`)});
      console.log(await remoteClient().reasonOf({ url: '${server.origin}' }));
      const since = performance.now();
      process.on('exit', () => console.log(performance.now() - since < ${REST_MS}));`;
    const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' });
    expect((await new Response(child.stdout).text()).trim()).toBe('200 picture\ntrue');

    await using remote = remoteClient();
    expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
    expect(server.open).toBe(1);
    await isLeft(server);
  }, 30_000);

  test('that has ended before its answer was read takes no place among those that rest', async () => {
    let isBegun = false;
    await using ending = await startHostile((socket) => {
      socket.write(`${OK}Content-Length: 7\r\n\r\npic`);
      void until('its first bytes', () => isBegun || undefined).then(() => socket.end('ture'));
    });
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using remote = remoteClient({ resolveName: async () => [ALLOWED] });
    // As many as may rest, of each place and of all.
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        remote.client.fetch({ url: `http://stock${i % 8}.test:${ending.port}/` }),
      ),
    );
    const bodies = answers.map(({ body }) => body[Symbol.asyncIterator]());
    for (const body of bodies) expect((await body.next()).done).toBe(false);
    isBegun = true;
    await isLeft(ending);
    for (const body of bodies) while (!(await body.next()).done);
    for (let time = 0; time < 2; time++) {
      expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
    }
    expect(server.connections).toBe(1);
  });

  test('is never shared between two policies', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    for (let time = 0; time < 2; time++) {
      const remote = remoteClient();
      expect(await remote.reasonOf({ url: server.origin })).toBe('200 picture');
    }
    expect(server.connections).toBe(2);
  });

  test('ends at once when the caller gives up, in the head and in the body', async () => {
    for (const bytes of ['', 'HTTP/1.1 200', `${OK}Content-Length: 700\r\n\r\npicture`]) {
      await using server = await startHostile((socket) => socket.write(bytes));
      await using remote = remoteClient();
      const caller = new AbortController();
      const fetched = remote.fetchWhole({ url: server.origin, signal: caller.signal });
      await until('the request', () => server.heads.length === 1 || undefined);
      caller.abort(new Error('gave up'));
      await expect(fetched).rejects.toThrow('gave up');
      await until('the end of the connection', () => server.open === 0 || undefined);
    }
  });

  test('ends at once when the caller gives up while it is taken from those that rest', async () => {
    let isSilent = false;
    await using server = await startHostile((socket) => isSilent || socket.write(answerOf('picture')));
    await using remote = remoteClient({ idleMs: 60_000, timeoutMs: 60_000 });
    for (let steps = 0; steps < 40; steps++) {
      isSilent = false;
      await remote.fetchWhole({ url: server.origin });
      isSilent = true;
      const caller = new AbortController();
      const fetched = remote.fetchWhole({ url: server.origin, signal: caller.signal });
      // Not by `expect`, which would let the fetch go on before it is aborted.
      const ended = fetched.catch((error: Error) => error.message);
      for (let step = 0; step < steps; step++) await Promise.resolve();
      caller.abort(new Error('gave up'));
      expect(await ended).toBe('gave up');
    }
  }, 30_000);

  test('is given up in the handshake when the caller gives up', async () => {
    await using server = await startHostile(() => {});
    await using remote = remoteClient({
      connectMs: 60_000,
      timeoutMs: 60_000,
      resolveName: async () => [ALLOWED],
    });
    const caller = new AbortController();
    const url = `https://stock.test:${server.port}/`;
    const fetched = remote.fetchWhole({ url, signal: caller.signal });
    await until('the connection', () => server.open === 1 || undefined);
    caller.abort(new Error('gave up'));
    await expect(fetched).rejects.toThrow('gave up');
    await isLeft(server);
  });

  test('is not made for a caller that has given up', async () => {
    await using server = await startHostile(() => {});
    await using remote = remoteClient();
    const fetched = remote.fetchWhole({
      url: server.origin,
      signal: AbortSignal.abort(new Error('gave up')),
    });
    await expect(fetched).rejects.toThrow('gave up');
    expect(server.connections).toBe(0);
  });

  test('ends with the answer that is closed, and with the client', async () => {
    await using server = await startHostile((socket) =>
      socket.write(`${OK}Content-Length: 700\r\n\r\npicture`),
    );
    await using remote = remoteClient();
    const answer = await remote.client.fetch({ url: server.origin });
    answer.close();
    await until('the end of the connection', () => server.open === 0 || undefined);
    await remote.client.fetch({ url: server.origin });
    await remote.client.close();
    await until('the end of the connection', () => server.open === 0 || undefined);
  });
});

describe.skipIf(!hasProc)('descriptors and memory', () => {
  test('are back where they were after many fetches that failed', async () => {
    await using server = await startHostile((socket, head) => {
      if (head.includes('/reset')) socket.resetAndDestroy();
      else if (head.includes('/lie')) socket.end(`${OK}Content-Length: 9\r\n\r\nx`);
      else if (head.includes('/large')) socket.write(`${OK}Content-Length: 9999999\r\n\r\n`);
      else if (head.includes('/bad')) socket.write('nonsense\r\n\r\n');
      else if (head.includes('/loop')) socket.write(`HTTP/1.1 302 Found\r\nLocation: /loop\r\n\r\n`);
      else socket.write(`${OK}Content-Length: 9\r\n\r\nx`);
    });
    await using remote = remoteClient({ timeoutMs: 500 });
    const once = () =>
      Promise.all(
        ['reset', 'lie', 'large', 'bad', 'loop', 'stall'].map((path) =>
          remote.reasonOf({ url: `${server.origin}/${path}` }),
        ),
      );
    expect(await once()).toEqual(['unreachable', 'protocol', 'too-large', 'protocol', 'protocol', 'timeout']);
    await isLeft(server);
    const before = openFiles(process.pid);
    for (let time = 0; time < 5; time++) await Promise.all(Array.from({ length: 10 }, once));
    await isLeft(server);
    await until('the descriptors', () => openFiles(process.pid) <= before + 2 || undefined);
  });

  test('do not grow for a body that is not read', async () => {
    const child = Bun.spawn(['bun', '-e', ENDLESS], { stdout: 'pipe' });
    try {
      const reader = child.stdout.getReader();
      const origin = new TextDecoder().decode((await reader.read()).value).trim();
      reader.releaseLock();
      await using remote = remoteClient({ maxBytes: 1024 * MIB });
      const answer = await remote.client.fetch({ url: origin });
      const body = answer.body[Symbol.asyncIterator]();
      await body.next();
      const before = residentBytes(process.pid);
      const sent = async () => Number(await (await fetch(`${origin}/sent`)).text());
      // What the server got rid of stands still: the system's buffers are full, and nothing is taken out of them.
      let last = -1;
      const stalled = await until('a server that waits', async () => {
        const now = await sent();
        const stands = now > 0 && now === last;
        last = now;
        await Bun.sleep(100);
        return stands ? now : undefined;
      });
      expect(stalled).toBeLessThan(64 * MIB);
      expect(residentBytes(process.pid) - before).toBeLessThan(32 * MIB);
      answer.close();
    } finally {
      child.kill();
      await child.exited;
    }
  });
});

/** A server of its own process: `/sent` tells how many bytes of an endless body the system has taken. */
const ENDLESS = `
  let sent = 0;
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (head) => {
      if (head.includes('/sent')) return socket.end('HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n' + sent);
      socket.write('HTTP/1.1 200 OK\\r\\n\\r\\n');
      const piece = Buffer.alloc(65536);
      const write = () => {
        sent += piece.length;
        if (socket.write(piece)) setImmediate(write);
        else socket.once('drain', write);
      };
      write();
    });
  });
  server.listen(0, '${ALLOWED}', () => console.log('http://${ALLOWED}:' + server.address().port));`;

async function isLeft(server: HostileServer): Promise<void> {
  await until('the end of the connections', () => server.open === 0 || undefined);
}

/** @returns what a process of its own prints. */
async function run(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = Bun.spawn([process.execPath, '-e', `${script}\nprocess.exit(0);`], {
    env: { ...process.env, ...env },
    stderr: 'inherit',
  });
  return (await new Response(child.stdout).text()).trim();
}
