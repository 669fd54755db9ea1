import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture, uploadForm } from '../support/client.ts';
import { FORM_TYPE, formBody } from '../support/multipart.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';

const SHOP = 'https://shop.example.com';
const DEV = 'http://localhost:5173';

/** Look like an allowed origin, and are not. */
const FOREIGN = [
  'null',
  'https://evil.example',
  'https://shop.example.com.evil.example',
  'https://evilshop.example.com',
  'https://evil-shop.example.com',
  'https://sub.shop.example.com',
  'https://example.com',
  'http://shop.example.com',
  'https://shop.example.com:8443',
  'https://shop.example.com:443',
  'https://shop.example.com/',
  'https://SHOP.example.com',
  'HTTPS://shop.example.com',
  'https://shop.example.com@evil.example',
  'https://shop.example.com, https://evil.example',
  'https://shop.example.com https://evil.example',
  'http://localhost',
  'http://localhost:51730',
  'http://127.0.0.1:5173',
  'file://',
  '*',
  'x',
];
const ROUTES = ['/graphql', '/login', '/logout', '/malls/1/upload_batch', '/1/upload_batch', '/cms/template'];
const corsHeaders = (response: Response) =>
  [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('front ends of other origins', () => {
  let server: StockroomServer;
  beforeAll(async () => {
    server = await startStockroom({
      env: {
        CORS_ORIGINS: `${SHOP}, ${DEV}`,
        MAX_REQUEST_BYTES: '2000000',
        MAX_FILE_BYTES: '2000000',
        USER_REQUESTS_PER_MINUTE: '600',
      },
    });
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const ask = (origin: string, init: RequestInit = {}, path = '/graphql') =>
    fetch(server.url + path, {
      method: 'POST',
      ...init,
      headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>), origin },
    });
  const body = JSON.stringify({ query: '{ __typename }' });

  test.each([SHOP, DEV])('of %s read answers, with cookies', async (origin) => {
    for (const path of ROUTES) {
      const response = await ask(origin, { body }, path);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      expect(response.headers.get('access-control-allow-credentials')).toBe('true');
      expect(response.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  test('ask first, and are told what they may send', async () => {
    for (const path of ROUTES) {
      const response = await fetch(server.url + path, {
        method: 'OPTIONS',
        headers: {
          origin: SHOP,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'apollo-require-preflight,authorization,content-type',
        },
      });
      expect([path, response.status]).toEqual([path, 204]);
      expect(response.headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(response.headers.get('access-control-allow-credentials')).toBe('true');
      expect(response.headers.get('access-control-allow-methods')).toContain('POST');
      const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(',');
      for (const name of ['apollo-require-preflight', 'authorization', 'content-type', 'x-graphql-cost']) {
        expect(allowed).toContain(name);
      }
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  test.each(FOREIGN)('of %s are refused, and told nothing', async (origin) => {
    for (const path of ROUTES) {
      const response = await ask(origin, { body: JSON.stringify(ADMIN) }, path);
      expect([path, response.status]).toEqual([path, 403]);
      expect(corsHeaders(response)).toEqual([]);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.get('vary')).toContain('Origin');
      const preflight = await fetch(server.url + path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBeGreaterThanOrEqual(400);
      expect(corsHeaders(preflight)).toEqual([]);
    }
    const list = await ask(origin, { method: 'GET' }, '/graphql?query={__typename}');
    expect([list.status, corsHeaders(list)]).toEqual([403, []]);
  });

  test('can read errors too: 400, 401, 403, 413 and 429', async () => {
    const large = '9'.repeat(3_000_000);
    const form = await Client.loggedIn(server.url);
    const errors: [number, Promise<Response>][] = [
      [400, ask(SHOP, { body: '{' })],
      [401, ask(SHOP, { body, headers: { authorization: 'Bearer nothing' } })],
      [
        401,
        ask(SHOP, {
          body: '{"query":"{ malls { id } }"}',
          headers: { accept: 'application/graphql-response+json' },
        }),
      ],
      [403, ask(SHOP, { body: formBody([]), headers: { 'content-type': FORM_TYPE } })],
      [413, ask(SHOP, { body: large })],
      [413, ask(SHOP, { body: large }, '/login')],
      [
        413,
        form.send('/graphql', {
          method: 'POST',
          headers: { origin: SHOP, 'apollo-require-preflight': '1' },
          body: uploadForm([new File([large], 'a.png')], { mallId: 1 }),
        }),
      ],
    ];
    for (const [status, answer] of errors) {
      const response = await answer;
      expect([status, response.status]).toEqual([status, status]);
      expect(response.headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(response.headers.get('x-request-id')).toBeTruthy();
    }
    let limited: Response | undefined;
    for (let i = 0; i < 200 && limited?.status !== 429; i++) {
      limited = await form.send('/graphql', { method: 'POST', headers: { origin: SHOP }, body });
    }
    expect(limited?.status).toBe(429);
    expect(limited?.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(limited?.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });
});

describe('a server without front ends elsewhere', () => {
  test('tells nothing to other origins, and takes its own', async () => {
    await using server = await startStockroom();
    const send = (headers: Record<string, string>) =>
      fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"query":"{ __typename }"}',
      });
    const foreign = await send({ origin: SHOP });
    expect([foreign.status, corsHeaders(foreign)]).toEqual([403, []]);
    const own = await send({ origin: server.url });
    expect([own.status, corsHeaders(own)]).toEqual([200, []]);
    for (const site of ['cross-site', 'same-site']) {
      expect((await send({ 'sec-fetch-site': site })).status).toBe(403);
    }
    for (const site of ['same-origin', 'none'])
      expect((await send({ 'sec-fetch-site': site })).status).toBe(200);
  });

  test('still lets pages of any origin show pictures and draw them into a canvas, without cookies', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('plain.png')]);
    for (const [path, status, headers] of [
      [`/files${material?.basePath}`, 200, {}],
      [`/files${material?.basePath}`, 206, { range: 'bytes=0-9' }],
      [`/files${material?.basePath}`, 304, { 'if-none-match': '*' }],
      [`/files${material?.basePath}`, 416, { range: 'bytes=99999999-' }],
      ['/files/mall/nothing.png', 404, {}],
    ] as const) {
      const response = await fetch(server.url + path, {
        headers: { origin: 'https://evil.example', ...headers },
      });
      expect([path, response.status]).toEqual([path, status]);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      if (status < 400) expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  });

  test('goes by its public address where it has one', async () => {
    await using server = await startStockroom({ env: { PUBLIC_URL: 'https://stock.example.com' } });
    const status = async (origin: string, host = 'stock.example.com') =>
      (
        await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin, host },
          body: '{"query":"{ __typename }"}',
        })
      ).status;
    expect(await status('https://stock.example.com')).toBe(200);
    expect(await status('http://stock.example.com')).toBe(403);
    expect(await status('https://stock.example.com:444')).toBe(403);
    expect(await status('https://evil.example', 'evil.example')).toBe(403);
  });
});
