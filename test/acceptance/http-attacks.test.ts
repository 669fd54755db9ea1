import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from '../support/client.ts';
import { RawRequest } from '../support/raw-request.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const BODY = '{"query":"{ __typename }"}';
const JSON_TYPE = 'Content-Type: application/json';

describe('the HTTP server', () => {
  let server: StockroomServer;
  beforeAll(async () => {
    server = await startStockroom({ env: { MAX_REQUEST_BYTES: '1000000', MAX_FILE_BYTES: '1000000' } });
  });
  afterAll(async () => {
    expect(server.process.exitCode).toBeNull();
    await server[Symbol.asyncDispose]();
  });

  /** Sends bytes as they are. @returns what came back until the connection ended or was quiet. */
  async function send(text: string): Promise<string> {
    const { hostname, port } = new URL(server.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let received = '';
    let ended = false;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      ended = true;
    });
    await once(socket, 'connect');
    socket.write(text, 'latin1');
    await until('an answer', () => ended || /^HTTP\/1\.1 \d{3}[\s\S]*?\r\n\r\n/.test(received) || undefined);
    socket.destroy();
    return received;
  }
  const post = (...headers: string[]) => ['POST /graphql HTTP/1.1', ...headers].join('\r\n');

  /** Nothing here may be taken for a good request: a proxy before the server may read it in another way. */
  const MALFORMED: Record<string, string> = {
    'two lengths that differ': `${post('Host: a', JSON_TYPE, `Content-Length: ${BODY.length}`, 'Content-Length: 5')}\r\n\r\n${BODY}`,
    'a length that is no number': `${post('Host: a', JSON_TYPE, 'Content-Length: abc')}\r\n\r\n${BODY}`,
    'a length below nothing': `${post('Host: a', JSON_TYPE, 'Content-Length: -1')}\r\n\r\n${BODY}`,
    'a length with a sign': `${post('Host: a', JSON_TYPE, `Content-Length: +${BODY.length}`)}\r\n\r\n${BODY}`,
    'a length beyond all numbers': `${post('Host: a', JSON_TYPE, `Content-Length: ${'9'.repeat(40)}`)}\r\n\r\n${BODY}`,
    'a length and chunks': `${post('Host: a', JSON_TYPE, 'Content-Length: 5', 'Transfer-Encoding: chunked')}\r\n\r\n1a\r\n${BODY}\r\n0\r\n\r\n`,
    'an encoding that is unknown': `${post('Host: a', JSON_TYPE, 'Transfer-Encoding: xchunked')}\r\n\r\n1a\r\n${BODY}\r\n0\r\n\r\n`,
    'chunks with a broken size': `${post('Host: a', JSON_TYPE, 'Transfer-Encoding: chunked')}\r\n\r\nzz\r\n${BODY}\r\n0\r\n\r\n`,
    'a space before a colon': `${post('Host: a', JSON_TYPE, `Content-Length : ${BODY.length}`)}\r\n\r\n${BODY}`,
    'no Host': `${post(JSON_TYPE, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'two hosts': `${post('Host: a', 'Host: b', JSON_TYPE, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'two hosts on one line': `${post('Host: a, b', JSON_TYPE, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'a host that is none': `${post('Host: a b/c?d#e', JSON_TYPE, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'a host with a user': `${post('Host: user@a', JSON_TYPE, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'an empty host': `${post('Host: ', JSON_TYPE, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'a header of 100 kB': `${post('Host: a', JSON_TYPE, `X-Long: ${'x'.repeat(100_000)}`, `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'a thousand headers': `${post('Host: a', JSON_TYPE, ...Array.from({ length: 1000 }, (_, i) => `X-${i}: 1`), `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
    'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'a NUL in a header': `${post('Host: a', JSON_TYPE, 'X-A: a\0b', `Content-Length: ${BODY.length}`)}\r\n\r\n${BODY}`,
  };
  test.each(Object.entries(MALFORMED))('refuses %s', async (_, text) => {
    const answer = await send(text);
    expect(answer).not.toContain('"data"');
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test.each(['/graphql', '/login', '/malls/1/upload_batch'])(
    'cuts a body in chunks that is over the limit, on %s',
    async (path) => {
      const client = await Client.loggedIn(server.url);
      const request = await RawRequest.open(server.url, path, {
        'Content-Type': path.includes('upload') ? 'multipart/form-data; boundary=x' : 'application/json',
        'Transfer-Encoding': 'chunked',
        Cookie: client.cookie ?? '',
      });
      if (path.includes('upload')) {
        await request.chunk('--x\r\nContent-Disposition: form-data; name="a"; filename="a.png"\r\n\r\n');
      }
      for (let i = 0; i < 40 && !request.closed; i++) await request.chunk(' '.repeat(50_000));
      await request.chunk();
      const { status } = await request.answer();
      expect(status).toBe(413);
      request.reset();
    },
  );

  test('goes on while many send their headers slowly', async () => {
    const { hostname, port } = new URL(server.url);
    const sockets = Array.from({ length: 300 }, () => connect({ host: hostname, port: Number(port) }));
    await Promise.all(
      sockets.map(async (socket) => {
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write('POST /graphql HTTP/1.1\r\nHost: a\r\nX-');
      }),
    );
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      for (const socket of sockets) socket.write('a');
      const started = performance.now();
      expect((await fetch(`${server.url}/graphql?query={__typename}`)).status).toBe(200);
      times.push(performance.now() - started);
    }
    for (const socket of sockets) socket.destroy();
    expect(times.sort((a, b) => a - b)[10] ?? 0).toBeLessThan(250);
  });
});

describe('every answer', () => {
  let server: StockroomServer;
  beforeAll(async () => {
    server = await startStockroom();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const PATHS: readonly [method: string, path: string, status: number][] = [
    ['GET', '/', 200],
    ['GET', '/nothing', 404],
    ['PUT', '/graphql', 404],
    ['DELETE', '/healthz', 405],
    ['GET', '/graphql?query={__typename}', 200],
    ['POST', '/graphql', 415],
    ['GET', '/graphql?query={__typename}&variables={', 400],
    ['GET', '/graphql?query={__typename}&extensions=[', 400],
    ['POST', '/login', 200],
    ['GET', '/files/mall/nothing.png', 404],
    ['GET', '/files/%', 404],
  ];
  test.each(PATHS)(
    'to %s %s has the id of its request, which a client may choose',
    async (method, path, status) => {
      for (const language of ['en', 'zh-CN']) {
        const given = `Root=1:${crypto.randomUUID()}.${language}`;
        const response = await fetch(server.url + path, {
          method,
          headers: { 'x-request-id': given, 'accept-language': language, accept: 'application/json' },
        });
        const text = await response.text();
        expect([path, response.status, text.slice(0, 200)]).toEqual([path, status, text.slice(0, 200)]);
        expect(response.headers.get('x-request-id')).toBe(given);
        if (status < 400 || text === '') continue;
        expect(text).toContain(given);
        expect(/\p{Script=Han}/u.test(text)).toBe(language === 'zh-CN');
        expect(text).not.toMatch(/stack|node_modules|\/src\//);
      }
    },
  );

  test('has an id of the server where the client sent something odd', async () => {
    for (const odd of ['x'.repeat(129), 'has space here', '<script>alert(1)</script>', 'a,b', 'a"b', 'é']) {
      const response = await fetch(`${server.url}/healthz`, { headers: { 'x-request-id': odd } });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
