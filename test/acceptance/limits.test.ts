import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, type GraphQLAnswer } from '../support/client.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';

/** Failed logins in ten minutes. */
const OF_ACCOUNT = 20;
const OF_ADDRESS = 100;

const attempt = (i: number, username: string, password = 'wrong password') =>
  `a${i}: login(username: "${username}", password: "${password}") { user { id } }`;

describe('failed logins', () => {
  let server: StockroomServer;
  let nextAddress = 1;
  beforeAll(async () => {
    server = await startStockroom({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  /** Somebody behind the trusted proxy, with an address of their own. */
  function from(address = `203.0.113.${nextAddress++}`) {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
    const post = (path: string, body: object) =>
      fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const ask = async (query: string) => {
      const response = await post('/graphql', { query });
      const answer = (await response.json()) as GraphQLAnswer;
      return { response, answer, codes: answer.errors?.map(({ extensions }) => extensions.code) ?? [] };
    };
    return {
      ask,
      login: async (username: string, password = 'wrong password') =>
        (await ask(`mutation { ${attempt(0, username, password)} }`)).codes[0] ?? 'ok',
      legacy: (username: string, password = 'wrong password') => post('/login', { username, password }),
    };
  }

  test('of one account are counted one by one, also under many names in one document', async () => {
    const { ask } = from();
    const many = Array.from({ length: 30 }, (_, i) => attempt(i, 'aliased')).join(' ');
    const { codes, answer } = await ask(`mutation { ${many} }`);
    // A field that must not be null ends the answer at its first error, so the rest shows in what is left.
    expect(codes.length).toBeGreaterThan(0);
    expect(answer.data ?? null).toBeNull();
    let left = 0;
    while ((await from().login('aliased')) === 'INVALID_CREDENTIALS') left++;
    expect(left).toBeLessThan(OF_ACCOUNT);
  });

  test('of one account are bounded from all addresses and on every way in, for a user that is unknown too', async () => {
    for (const username of ['nobody-at-all', 'ADMIN']) {
      for (let i = 0; i < OF_ACCOUNT / 2; i++) {
        expect(await from().login(i % 2 ? username : username.toLowerCase())).toBe('INVALID_CREDENTIALS');
        expect(await (await from().legacy(username)).json()).toMatchObject({ code: 40002 });
      }
      const { ask, legacy, login } = from();
      const { response, answer } = await ask(`mutation { ${attempt(0, username)} }`);
      expect(response.status).toBe(429);
      const { retryAfter = 0, ...shown } = answer.errors?.[0]?.extensions ?? { code: '' };
      expect(shown).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
      expect(retryAfter).toBeWithin(500, 601);
      expect(response.headers.get('retry-after')).toBe(String(retryAfter));
      const old = await legacy(username);
      expect(old.status).toBe(429);
      expect(Number(old.headers.get('retry-after'))).toBeWithin(500, 601);
      // The right password does not help: else guessing could go on.
      expect(await login(ADMIN.username, ADMIN.password)).toBe(username === 'ADMIN' ? 'RATE_LIMITED' : 'ok');
    }
  });

  test('at once are not more than those one after the other', async () => {
    const codes = await Promise.all(Array.from({ length: 60 }, () => from().login('parallel')));
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(OF_ACCOUNT);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(60 - OF_ACCOUNT);
  });

  test('of one address are bounded over all accounts, and others go on', async () => {
    const { login } = from('198.51.100.1');
    const guesses = await Promise.all(Array.from({ length: OF_ADDRESS }, (_, i) => login(`guess-${i}`)));
    expect(new Set(guesses)).toEqual(new Set(['INVALID_CREDENTIALS']));
    expect(await login('guess-next')).toBe('RATE_LIMITED');
    expect(await from('198.51.100.1, 203.0.113.99').login('guess-next')).toBe('INVALID_CREDENTIALS');
    expect(await from('spoofed, 198.51.100.1').login('guess-next')).toBe('RATE_LIMITED');
    expect(await from('198.51.100.1:9999').login('guess-next')).toBe('RATE_LIMITED');
    expect(await from('::ffff:198.51.100.1').login('guess-next')).toBe('RATE_LIMITED');
  });

  test('of an IPv6 network are counted together', async () => {
    await Promise.all(
      Array.from({ length: OF_ADDRESS }, (_, i) => from(`2001:db8::${i + 1}`).login(`v6-${i}`)),
    );
    expect(await from('2001:db8::ffff:1').login('v6-next')).toBe('RATE_LIMITED');
    expect(await from('2001:db8:0:1::1').login('v6-next')).toBe('INVALID_CREDENTIALS');
  });
});

describe('logins that succeed', () => {
  test('do not count, and unlock nobody', async () => {
    await using server = await startStockroom();
    const right = () => Client.loggedIn(server.url);
    await Promise.all(Array.from({ length: OF_ACCOUNT + 5 }, right));
    const wrong = async (username: string) =>
      (await new Client(server.url).graphql(`mutation { ${attempt(0, username)} }`)).errors?.[0]?.extensions
        .code;
    await Promise.all(Array.from({ length: OF_ACCOUNT }, () => wrong('other')));
    for (let i = 0; i < OF_ACCOUNT - 1; i++) expect(await wrong('admin')).toBe('INVALID_CREDENTIALS');
    await right();
    expect(await wrong('admin')).toBe('INVALID_CREDENTIALS');
    expect(await wrong('admin')).toBe('RATE_LIMITED');
    expect(await wrong('other')).toBe('RATE_LIMITED');
  });

  test('cannot pretend another address where no proxy is trusted', async () => {
    await using server = await startStockroom();
    const codes = await Promise.all(
      Array.from({ length: OF_ADDRESS + 1 }, async (_, i) => {
        const forwarded = { 'x-forwarded-for': `203.0.113.${i}` };
        const query = `mutation { ${attempt(0, `spoof-${i}`)} }`;
        return (await new Client(server.url).graphql(query, {}, forwarded)).errors?.[0]?.extensions.code;
      }),
    );
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(1);
  });
});

describe('requests of one user', () => {
  test('are bounded, those of others are not', async () => {
    await using server = await startStockroom({ env: { USER_REQUESTS_PER_MINUTE: '60' } });
    const client = await Client.loggedIn(server.url);
    const ask = () =>
      client.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': 'zh' },
        body: '{"query":"{ me { id } }"}',
      });
    const answers = await Promise.all(Array.from({ length: 30 }, ask));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const [first] = refused;
    const errors = ((await first?.json()) as GraphQLAnswer | undefined)?.errors;
    expect(errors?.[0]).toMatchObject({
      message: '操作过于频繁，请稍后再试',
      extensions: { code: 'RATE_LIMITED' },
    });
    expect(first?.headers.get('retry-after')).toBe(String(errors?.[0]?.extensions.retryAfter));
    expect(errors?.[0]?.extensions.retryAfter).toBeWithin(1, 11);
    const legacy = await client.send('/malls/1/upload_batch', { method: 'POST' });
    expect([legacy.status, ((await legacy.json()) as { msg: string }).msg]).toEqual([
      429,
      '操作过于频繁，请稍后再试',
    ]);
    const stranger = await fetch(`${server.url}/graphql?query={__typename}`);
    expect(stranger.status).toBe(200);
  });
});

describe('password hashing', () => {
  test('that is asked for too often is 503, while other requests stay fast', async () => {
    await using server = await startStockroom({
      env: { CORS_ORIGINS: 'https://shop.example.com', TRUSTED_PROXIES: '127.0.0.1' },
    });
    const login = async (i: number) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: 'https://shop.example.com',
          'x-forwarded-for': `203.0.113.${i % 250}`,
        },
        body: JSON.stringify({ query: `mutation { ${attempt(0, `flood-${i}`)} }` }),
      });
      await response.text();
      return response;
    };
    const flood = Array.from({ length: 400 }, (_, i) => login(i));
    const times: number[] = [];
    for (let i = 0; i < 40; i++) {
      const started = performance.now();
      expect((await fetch(`${server.url}/graphql?query={__typename}`)).status).toBe(200);
      times.push(performance.now() - started);
    }
    const answers = await Promise.all(flood);
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(100);
    for (const response of refused) {
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    }
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(200);
    expect(times.sort((a, b) => a - b)[20] ?? 0).toBeLessThan(250);
  }, 150_000);
});

test('the legacy envelope has the numbers that are configured', async () => {
  await using server = await startStockroom({
    env: {
      LEGACY_CODES:
        'OK=200,PARAMS_INVALID=1001,INVALID_CREDENTIALS=1002,LOGIN_REQUIRED=1003,TOKEN_INVALID=1004',
    },
  });
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { code: number }).code;
  };
  expect(await post('/login', ADMIN)).toBe(200);
  expect(await post('/login', {})).toBe(1002);
  expect(await post('/malls/1/upload_batch', {})).toBe(1003);
  expect(await post('/login', ADMIN, { authorization: 'Bearer x' })).toBe(1004);
});
