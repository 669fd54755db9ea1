import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { Client, fixture, type GraphQLAnswer } from '../support/client.ts';
import { FORM_TYPE, formBody } from '../support/multipart.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { startSqlProxy } from '../support/sql-proxy.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const COOKIE = /^stockroom_session=[0-9a-f-]{36}(; (Max-Age=604800|HttpOnly|SameSite=Lax|Path=\/)){4}$/;
const LOGIN =
  'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { user { id } } }';
const WRONG_LOGIN = '{"code":40002,"msg":"账号密码错误，请重试"}';

describe.skipIf(missing('PostgreSQL', findPostgres()))('sessions', () => {
  let database: ExternalPostgres;
  let sql: postgres.Sql;
  let server: StockroomServer;
  beforeAll(async () => {
    database = await startPostgres();
    const url = await database.createDatabase();
    sql = postgres(url, { max: 1, onnotice: () => {} });
    server = await startStockroom({ env: { DATABASE_URL: url } });
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
    await database.stop();
  });

  const stored = async () =>
    await sql<{ hash: string; row: string }[]>`select id_hash as hash, sessions::text as row from sessions`;
  const login = (body: object = ADMIN, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: LOGIN, variables: body }),
    });
  const me = async (cookie: string) => {
    const client = new Client(server.url);
    client.cookie = cookie;
    return (await client.graphql('{ me { username } }')).data?.me ?? null;
  };
  const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

  test('are not stored for visitors, who get no cookie', async () => {
    const before = (await stored()).length;
    const paths = [
      '/graphql?query={__typename}',
      '/',
      '/healthz',
      '/files/mall/nothing.png',
      '/graphql?query={me{id}}',
    ];
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const response = await fetch(server.url + (paths[i % paths.length] ?? '/'));
        expect(response.headers.getSetCookie()).toEqual([]);
        await response.arrayBuffer();
      }),
    );
    for (const path of ['/graphql', '/logout', '/malls/1/upload_batch']) {
      const response = await fetch(server.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ me { id } }"}',
      });
      expect(response.headers.getSetCookie().filter((cookie) => !cookie.includes('Max-Age=0'))).toEqual([]);
    }
    expect(await stored()).toHaveLength(before);
  });

  test('are not looked at for files', async () => {
    await using proxy = await startSqlProxy(await database.createDatabase());
    await using own = await startStockroom({ env: { DATABASE_URL: proxy.url } });
    const client = await Client.loggedIn(own.url);
    const [material] = await client.upload([await fixture('tiny.gif')]);
    await client.data('{ me { id } }');
    expect(proxy.take().some((statement) => /from sessions/.test(statement))).toBe(true);
    const file = await client.send(new URL(String(material?.url)).pathname);
    expect([file.status, file.headers.has('set-cookie')]).toEqual([200, false]);
    expect(proxy.take().filter((statement) => /sessions/.test(statement))).toEqual([]);
  });

  test('have a cookie that scripts cannot read and other sites cannot send', async () => {
    const response = await login();
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(COOKIE)]);
  });

  test('over https have a cookie that is bound to the host', async () => {
    await using secure = await startStockroom({ env: { PUBLIC_URL: 'https://stock.example.com' } });
    const client = new Client(secure.url);
    const response = await client.send('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toStartWith('__Host-stockroom_session=');
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(cookie).toContain(`; ${attribute}`);
    expect(cookie).not.toContain('Domain');
    expect((await client.data('{ me { username } }')).me).toEqual({ username: 'admin' });
    const out = await client.send('/logout', { method: 'POST' });
    expect(out.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-stockroom_session=;.*Max-Age=0.*Secure/),
    ]);
  });

  test('take the name, the life and the sites that are configured', async () => {
    await using own = await startStockroom({
      env: { SESSION_COOKIE_NAME: 'sid', SESSION_SAME_SITE: 'strict', SESSION_TTL_SECONDS: '60' },
    });
    const response = await fetch(`${own.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^sid=.*SameSite=Strict/)]);
  });

  test('get a new id at each login, and the old one ends', async () => {
    const first = cookieOf(await login());
    const second = cookieOf(await login(ADMIN, { cookie: first }));
    expect(second).not.toBe(first);
    expect(await me(second)).toEqual({ username: 'admin' });
    expect(await me(first)).toBeNull();
  });

  test('never adopt an id that a client made up', async () => {
    const made = `stockroom_session=${crypto.randomUUID()}`;
    expect(await me(made)).toBeNull();
    const given = cookieOf(await login(ADMIN, { cookie: made }));
    expect(given).not.toBe(made);
    expect(await me(made)).toBeNull();
    for (const odd of [
      'stockroom_session=',
      'stockroom_session=%00',
      `stockroom_session=${'x'.repeat(4000)}`,
      "stockroom_session=' or 1=1",
      'stockroom_session=a; stockroom_session=b',
    ]) {
      expect(await me(odd)).toBeNull();
    }
  });

  test('end at logout, on the server too', async () => {
    const client = await Client.loggedIn(server.url);
    const cookie = client.cookie ?? '';
    expect(await me(cookie)).toEqual({ username: 'admin' });
    await client.data('mutation { logout }');
    expect(client.cookie).toBeUndefined();
    expect(await me(cookie)).toBeNull();
  });

  test('are stored under the hash of their id', async () => {
    const id = cookieOf(await login()).split('=')[1] ?? '';
    const hash = new Bun.CryptoHasher('sha256').update(id).digest('hex');
    const rows = await stored();
    expect(rows.map((row) => row.hash)).toContain(hash);
    expect(rows.some(({ row }) => row.includes(id))).toBe(false);
    expect(await me(`stockroom_session=${hash}`)).toBeNull();
  });

  test('do not begin for an unknown user or a wrong password, which cannot be told apart', async () => {
    const attempt = async (username: string, password: string) => {
      const started = performance.now();
      const response = await login({ username, password });
      const answer = (await response.json()) as GraphQLAnswer;
      const ms = performance.now() - started;
      expect(response.headers.getSetCookie()).toEqual([]);
      const { requestId: _, ...extensions } = answer.errors?.[0]?.extensions ?? { requestId: '' };
      return { ms, shown: { status: response.status, message: answer.errors?.[0]?.message, extensions } };
    };
    await attempt('nobody', 'warms the decoy up');
    const times: { unknown: number[]; wrong: number[] } = { unknown: [], wrong: [] };
    for (let i = 0; i < 7; i++) {
      const unknown = await attempt(`nobody-${i}`, 'some password');
      const wrong = await attempt(ADMIN.username, `some password ${i}`);
      expect(unknown.shown).toEqual(wrong.shown);
      expect(unknown.shown).toMatchObject({ status: 401, extensions: { code: 'INVALID_CREDENTIALS' } });
      times.unknown.push(unknown.ms);
      times.wrong.push(wrong.ms);
    }
    const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
    const ratio = median(times.unknown) / median(times.wrong);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('survive a database that is gone: 503, the cookie stays, and then all is well again', async () => {
    const client = await Client.loggedIn(server.url);
    const { cookie } = client;
    await database.restart(async () => {
      for (const path of ['/graphql', '/malls/1/upload_batch']) {
        const started = performance.now();
        const response = await client.send(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"query":"{ me { id } }"}',
        });
        expect([path, response.status]).toEqual([path, 503]);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(performance.now() - started).toBeLessThan(1500);
      }
    });
    expect(client.cookie).toBe(cookie);
    const answer = await until(
      'the server to recover',
      async () => (await client.graphql('{ me { username } }')).data ?? undefined,
    );
    expect(answer).toEqual({ me: { username: 'admin' } });
  });

  const BODIES: Record<
    string,
    (values: Record<string, string>) => { type: string; body: string | Uint8Array<ArrayBuffer> }
  > = {
    JSON: (values) => ({ type: 'application/json', body: JSON.stringify(values) }),
    'an URL-encoded form': (values) => ({
      type: 'application/x-www-form-urlencoded',
      body: new URLSearchParams(values).toString(),
    }),
    'form-data': (values) => ({
      type: FORM_TYPE,
      body: formBody(Object.entries(values).map(([name, value]) => ({ name, value }))),
    }),
  };
  test.each(Object.entries(BODIES))('begin and end at the legacy routes, with %s', async (_, write) => {
    const client = new Client(server.url);
    const post = (path: string, values: Record<string, string>) => {
      const { type, body } = write(values);
      return client.send(path, { method: 'POST', headers: { 'content-type': type }, body });
    };
    const wrong = await post('/login', { ...ADMIN, password: 'wrong password' });
    expect([wrong.status, await wrong.text()]).toEqual([200, WRONG_LOGIN]);
    expect(client.cookie).toBeUndefined();
    for (const values of [
      {},
      { username: 'admin' },
      { password: ADMIN.password },
      { username: '', password: '' },
    ]) {
      const incomplete = await post('/login', values as Record<string, string>);
      expect([incomplete.status, await incomplete.text()]).toEqual([200, WRONG_LOGIN]);
    }
    const right = await post('/login', ADMIN);
    expect([right.status, await right.text()]).toEqual([
      200,
      '{"code":0,"msg":"ok","data":{"user_id":1,"username":"admin"}}',
    ]);
    expect(right.headers.getSetCookie()).toEqual([expect.stringMatching(COOKIE)]);
    const { cookie } = client;
    expect((await client.data('{ me { username } }')).me).toEqual({ username: 'admin' });
    const out = await post('/logout', {});
    expect([out.status, await out.text()]).toEqual([200, '{"code":0,"msg":"ok"}']);
    expect(await me(cookie ?? '')).toBeNull();
  });

  test('of the legacy routes speak English to those who ask for it', async () => {
    const response = await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'en' },
      body: '{"username":"admin","password":"nope nope"}',
    });
    expect(await response.json()).toEqual({ code: 40002, msg: 'Wrong user name or password.' });
  });

  test.each([
    ['application/json', '{"username":'],
    ['application/json', ''],
    ['application/json', 'null'],
    ['application/json', '[]'],
    ['application/json', '{"username":1,"password":{}}'],
    ['application/json', '{"username":"a\\u0000b","password":"\\u0000"}'],
    [FORM_TYPE, 'no form'],
    ['multipart/form-data', ''],
    ['text/xml', '<a/>'],
  ])('do not begin with a body of %s that is broken: %s', async (type, body) => {
    const response = await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    const answer = (await response.json()) as { code: number };
    expect(response.status).toBe(200);
    expect([40001, 40002]).toContain(answer.code);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});
