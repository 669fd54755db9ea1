import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type postgres from 'postgres';
import { Client, fixture, type GraphQLAnswer, uploadForm } from '../support/client.ts';
import { openSql } from '../support/sql.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const CREATE = /* GraphQL */ `
  mutation ($name: String!, $scopes: [ApiTokenScope!]!, $mallId: Int, $expiresAt: DateTime) {
    createApiToken(name: $name, scopes: $scopes, mallId: $mallId, expiresAt: $expiresAt) {
      token apiToken { id name scopes mall { id } expiresAt lastUsedAt }
    }
  }
`;
const MEMBER = { username: 'token-member', password: 'a member of two malls' };

interface Created {
  readonly token: string;
  readonly apiToken: { readonly id: string };
}

interface List {
  readonly totalCount: number;
  readonly edges: readonly {
    readonly node: { readonly id: string; readonly mall: { readonly id: number } | null };
  }[];
}

describe('API tokens', () => {
  let server: StockroomServer;
  let sql: postgres.Sql;
  let admin: Client;
  let member: Client;
  let other = 0;
  beforeAll(async () => {
    server = await startStockroom();
    sql = await openSql(server, {});
    admin = await Client.loggedIn(server.url);
    const [mall] = await sql<
      { id: number }[]
    >`insert into malls (id, name) values (77, 'Other') returning id`;
    other = mall?.id ?? 0;
    const hash = await Bun.password.hash(MEMBER.password);
    const [user] = await sql<{ id: number }[]>`
      insert into users (username, password_hash, role) values (${MEMBER.username}, ${hash}, 'MEMBER') returning id`;
    await sql`insert into memberships (mall_id, user_id, role) values (1, ${user?.id ?? 0}, 'EDITOR'), (${other}, ${user?.id ?? 0}, 'OWNER')`;
    member = await Client.loggedIn(server.url, MEMBER);
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
  });

  async function create(values: object = {}, owner = admin): Promise<Created> {
    const variables = { name: 'script', scopes: ['READ'], ...values };
    return (await owner.data<{ createApiToken: Created }>(CREATE, variables)).createApiToken;
  }

  const send = (token: string, path: string, init: RequestInit = {}) =>
    fetch(server.url + path, {
      method: 'POST',
      ...init,
      headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
    });
  async function ask(token: string, query: string, variables: object = {}, headers = {}) {
    const response = await send(token, '/graphql', {
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    return { response, answer, code: answer.errors?.[0]?.extensions.code };
  }
  async function upload(token: string, mallId = 1) {
    const response = await send(token, '/graphql', {
      body: uploadForm([await fixture('plain.png')], { mallId }),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    return (
      answer.errors?.[0]?.extensions.code ??
      (answer.data?.uploadMaterials as { __typename: string }[] | undefined)?.[0]?.__typename
    );
  }

  test('are shown once, and kept as a hash', async () => {
    const { token, apiToken } = await create({ name: ' nightly import ', expiresAt: '2099-01-01T00:00:00Z' });
    expect(token).toMatch(/^stk_[\w-]{43}$/);
    expect(apiToken).toMatchObject({
      name: 'nightly import',
      scopes: ['READ'],
      mall: null,
      lastUsedAt: null,
    });
    const list = JSON.stringify(
      await admin.data('{ apiTokens { id name scopes expiresAt lastUsedAt createdAt } }'),
    );
    expect(list).toContain(apiToken.id);
    expect(list).not.toContain(token);
    const rows = await sql<
      { row: string; hash: string }[]
    >`select api_tokens::text as row, token_hash as hash from api_tokens`;
    expect(rows.some(({ row }) => row.includes(token) || row.includes(token.slice(4)))).toBe(false);
    expect(rows.map(({ hash }) => hash)).toContain(
      new Bun.CryptoHasher('sha256').update(token).digest('hex'),
    );
  });

  test('do what their scopes allow', async () => {
    const [reads, writes, manages] = [
      await create(),
      await create({ scopes: ['WRITE'] }),
      await create({ scopes: ['READ', 'WRITE', 'MANAGE'] }),
    ];
    const list = '{ materials(first: 1) { totalCount } }';
    expect((await ask(reads.token, list)).code).toBeUndefined();
    expect(await upload(reads.token)).toBe('FORBIDDEN');
    expect((await ask(writes.token, list)).code).toBe('FORBIDDEN');
    expect(await upload(writes.token)).toBe('Material');
    expect(await upload(manages.token)).toBe('Material');
    const template = async (token: string) => {
      const form = new FormData();
      form.set('img', await fixture('plain.png'));
      return ((await (await send(token, '/cms/template', { body: form })).json()) as { code: number }).code;
    };
    expect(await template(reads.token)).toBe(40301);
    expect(await template(writes.token)).toBe(40301);
    expect(await template(manages.token)).toBe(0);
  });

  test('of one mall reach no other: it is as if there were none', async () => {
    const scopes = ['READ', 'WRITE', 'MANAGE'];
    for (const owner of [admin, member]) {
      const free = await create({ scopes }, owner);
      const bound = await create({ scopes, mallId: 1 }, owner);
      expect(await upload(free.token, other)).toBe('Material');
      expect(await upload(free.token, 1)).toBe('Material');
      expect(await upload(bound.token, other)).toBe('NOT_FOUND');
      expect(await upload(bound.token, 999)).toBe('NOT_FOUND');
      expect((await ask(bound.token, '{ malls { id } }')).answer.data).toEqual({ malls: [{ id: 1 }] });
      expect((await ask(bound.token, `{ mall(id: ${other}) { id } }`)).answer.data).toEqual({ mall: null });
      const lists = [
        // The plain list is a prepared statement; the others are built each time.
        '{ materials(first: 100) { totalCount edges { node { id mall { id } } } } }',
        '{ materials(first: 100, filter: { kind: IMAGE }) { totalCount edges { node { id mall { id } } } } }',
        '{ materials(first: 100, orderBy: NAME_ASC) { totalCount edges { node { id mall { id } } } } }',
      ];
      for (const query of lists) {
        const seen = async (token: string) => {
          const { answer } = await ask(token, query);
          const list = answer.data?.materials as List | undefined;
          expect(list?.edges).toHaveLength(list?.totalCount ?? -1);
          return list?.edges.map(({ node }) => node) ?? [];
        };
        const all = await seen(free.token);
        expect(all.some(({ mall }) => mall?.id === other)).toBe(true);
        const narrowed = await seen(bound.token);
        expect(narrowed).toEqual(all.filter(({ mall }) => mall?.id === 1));
        const foreign = all.find(({ mall }) => mall?.id === other);
        const one = await ask(bound.token, `{ material(id: "${foreign?.id}") { id } }`);
        expect(one.answer.data).toEqual({ material: null });
      }
      const empty = await ask(bound.token, `{ materials(mallId: ${other}) { totalCount edges { cursor } } }`);
      expect(empty.answer.data ?? { materials: { totalCount: 0, edges: [] } }).toEqual({
        materials: { totalCount: 0, edges: [] },
      });
      const route = await send(bound.token, `/malls/${other}/upload_batch`, {
        body: uploadForm([await fixture('plain.png')], { mallId: 1 }),
      });
      expect(((await route.json()) as { code: number }).code).not.toBe(0);
    }
  });

  test('cannot be made for a mall that their owner does not see, nor without a name or scope, nor for the past', async () => {
    await sql`insert into malls (id, name) values (78, 'Hidden') on conflict do nothing`;
    for (const [values, code] of [
      [{ mallId: 78 }, 'NOT_FOUND'],
      [{ name: ' ' }, 'PARAMS_INVALID'],
      [{ name: 'x'.repeat(101) }, 'PARAMS_INVALID'],
      [{ scopes: [] }, 'PARAMS_INVALID'],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, 'PARAMS_INVALID'],
    ] as const) {
      const answer = await member.graphql(CREATE, { name: 'script', scopes: ['READ'], ...values });
      expect(answer.errors?.[0]?.extensions.code).toBe(code);
    }
  });

  test('end at once when they are revoked, when they expire, and with their owner', async () => {
    const me = '{ me { username } }';
    const revoked = await create({}, member);
    expect((await ask(revoked.token, me)).answer.data).toEqual({ me: { username: MEMBER.username } });
    const { errors } = await admin.graphql(`mutation { revokeApiToken(id: "${revoked.apiToken.id}") }`);
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    await member.data(`mutation { revokeApiToken(id: "${revoked.apiToken.id}") }`);
    expect((await ask(revoked.token, me)).code).toBe('TOKEN_INVALID');

    const brief = await create({ expiresAt: new Date(Date.now() + 1500).toISOString() }, member);
    expect((await ask(brief.token, me)).code).toBeUndefined();
    await until(
      'the token to expire',
      async () => (await ask(brief.token, me)).code === 'TOKEN_INVALID' || undefined,
    );

    const orphan = await create({}, member);
    await sql`update users set disabled_at = now() where username = ${MEMBER.username}`;
    expect((await ask(orphan.token, me)).code).toBe('TOKEN_INVALID');
    await sql`update users set disabled_at = null where username = ${MEMBER.username}`;
    expect((await ask(orphan.token, me)).code).toBeUndefined();
  });

  test('tell when they were last used', async () => {
    const { token, apiToken } = await create();
    await ask(token, '{ __typename }');
    const { apiTokens } = await admin.data<{ apiTokens: { id: string; lastUsedAt: string | null }[] }>(
      '{ apiTokens { id lastUsedAt } }',
    );
    const used = apiTokens.find(({ id }) => id === apiToken.id)?.lastUsedAt;
    expect(Math.abs(Date.now() - Date.parse(used ?? ''))).toBeLessThan(60_000);
  });

  test('count before a cookie, also where they are not valid', async () => {
    const { token } = await create({}, member);
    const cookie = admin.cookie ?? '';
    const { answer } = await ask(token, '{ me { username } }', {}, { cookie });
    expect(answer.data).toEqual({ me: { username: MEMBER.username } });
    expect((await ask(`stk_${'a'.repeat(43)}`, '{ me { username } }', {}, { cookie })).code).toBe(
      'TOKEN_INVALID',
    );
  });

  test.each(['nothing', `stk_${'a'.repeat(43)}`, `stk_${'a'.repeat(200)}`, '%00', "' or 1=1"])(
    'that are not valid are 401 with a challenge: %s',
    async (token) => {
      for (const path of ['/graphql', '/malls/1/upload_batch', '/cms/template', '/login']) {
        const response = await send(token.replaceAll(' ', '_'), path, {
          headers: { 'content-type': 'application/json' },
          body: '{"query":"{ __typename }"}',
        });
        expect([path, response.status]).toEqual([path, 401]);
        expect(response.headers.get('www-authenticate')).toStartWith('Bearer');
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(await response.text()).toContain(path === '/graphql' ? 'TOKEN_INVALID' : '"code":40101');
      }
    },
  );

  test('upload without the header that forms need, from any page, and over the legacy routes', async () => {
    const { token } = await create({ scopes: ['WRITE'] });
    const form = uploadForm([await fixture('plain.png')], { mallId: 1 });
    const response = await send(token, '/graphql', {
      body: form,
      headers: { origin: 'https://tool.example' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
    const legacy = new FormData();
    legacy.set('a', await fixture('plain.png'));
    const batch = await send(token, '/malls/1/upload_batch', { body: legacy });
    expect(await batch.json()).toMatchObject({ code: 0, data: [{ success: true }] });
  });

  test('have nothing to do with accounts, sessions and tokens, and cannot log in', async () => {
    const { token, apiToken } = await create({ scopes: ['READ', 'WRITE', 'MANAGE'] });
    for (const query of [
      'mutation { createApiToken(name: "more", scopes: [READ]) { token } }',
      `mutation { revokeApiToken(id: "${apiToken.id}") }`,
      '{ apiTokens { id } }',
      '{ sessions { id } }',
      'mutation { revokeSession(id: "x") }',
      'mutation { logout }',
      'mutation { logoutEverywhere }',
      `mutation { changePassword(currentPassword: "${ADMIN.password}", newPassword: "another long one") { id } }`,
      `mutation { login(username: "${ADMIN.username}", password: "${ADMIN.password}") { user { id } } }`,
    ]) {
      const { code, response } = await ask(token, query);
      expect([query, code]).toEqual([query, 'FORBIDDEN']);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    const login = await send(token, '/login', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    expect(((await login.json()) as { code: number }).code).toBe(40301);
    expect(login.headers.getSetCookie()).toEqual([]);
    expect((await admin.data('{ me { username } }')).me).toEqual({ username: ADMIN.username });
  });

  test('never reach the log', async () => {
    const { token } = await create();
    await ask(token, '{ me { id } }');
    await ask(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, '{ me { id } }');
    const { response } = await ask(token, '{ broken');
    const requestId = response.headers.get('x-request-id') ?? 'none';
    await until('the log line', () => server.output().includes(requestId) || undefined);
    expect(server.output()).not.toContain('stk_');
    expect(server.output()).not.toContain(token.slice(4, 30));
  });
});
