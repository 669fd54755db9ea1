import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { serverAudits } from 'graphql-http';
import { Client, type GraphQLAnswer } from '../support/client.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';
import { streamOf } from '../support/upload.ts';

/** Far below this anything hostile is refused, ms. */
const AT_ONCE = 700;

let server: StockroomServer | undefined;
const running = async () => {
  server ??= await startStockroom();
  return server;
};
afterAll(async () => await server?.[Symbol.asyncDispose]());

describe('the GraphQL over HTTP audit', () => {
  for (const audit of serverAudits({ url: async () => `${(await running()).url}/graphql` })) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status === 'ok' ? 'ok' : result).toBe('ok');
    });
  }
});

describe('the GraphQL endpoint', () => {
  let url: string;
  let client: Client;
  beforeAll(async () => {
    url = (await running()).url;
    client = await Client.loggedIn(url);
  });

  const post = (body: string, headers: Record<string, string> = {}) =>
    client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const ask = (query: string, variables?: object, headers?: Record<string, string>) =>
    post(JSON.stringify({ query, variables }), {
      accept: 'application/graphql-response+json',
      ...headers,
    });

  test.each([
    'mutation { logout }',
    'mutation { login(username: "admin", password: "correct horse battery") { user { id } } }',
    'query A { me { id } } mutation B { logout }&operationName=B',
  ])('never runs a mutation over GET: %s', async (query) => {
    const [document = '', name] = query.split('&operationName=');
    const search = new URLSearchParams({ query: document, ...(name ? { operationName: name } : {}) });
    const response = await client.send(`/graphql?${search}`, { headers: { accept: 'application/json' } });
    expect(response.status).toBe(405);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await client.data('{ me { username } }')).me).toEqual({ username: 'admin' });
  });

  const materials = (inner: string) => `{ materials(first: 1) { edges { node { ${inner} } } } }`;
  const HOSTILE: Record<string, string> = {
    'a deep document': `{ ${'a { '.repeat(5000)}b${' }'.repeat(5000)} }`,
    'fields nested too deep': materials(
      `mall { id } uploadedBy { ${'... on User { '.repeat(400)}id${' }'.repeat(400)} }`,
    ),
    'a hundred aliases': `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: me { id }`).join(' ')} }`,
    'a flood of aliases': `{ ${Array.from({ length: 50_000 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
    'a flood of tokens': `{ ${'me { id } '.repeat(30_000)} }`,
    'a flood of directives': `{ me { id ${'@include(if: true) '.repeat(5000)} } }`,
    'a flood of variables': `query (${Array.from({ length: 5000 }, (_, i) => `$v${i}: Int`).join(', ')}) { __typename }`,
    'aliases hidden in fragments': `{ ...A ...B } ${['A', 'B']
      .map(
        (f) =>
          `fragment ${f} on Query { ${Array.from({ length: 60 }, (_, i) => `${f}${i}: me { id }`).join(' ')} }`,
      )
      .join(' ')}`,
    'fragments that double each other': `{ ...F0 } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F30 on Query { __typename }`,
    'fragments that multiply aliased fields': `{ ...F0 } ${Array.from({ length: 12 }, (_, i) => `fragment F${i} on Query { a${i}: me { id } ...F${i + 1} b${i}: me { id } ...F${i + 1} }`).join(' ')} fragment F12 on Query { x: me { id } }`,
    'a fragment in a circle': '{ ...A } fragment A on Query { ...A }',
    'fragments in a circle':
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }',
    'fragments in a circle that nobody uses':
      '{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }',
    'a deep list': `{ materials(filter: ${'['.repeat(5000)}1${']'.repeat(5000)}) { totalCount } }`,
    'a long text': `{ material(id: "${'x'.repeat(3_000_000)}") { id } }`,
    'a long comment': `#${'x'.repeat(3_000_000)}\n{ __typename }`,
    'nothing but braces': '{'.repeat(100_000),
    'conflicting fields in great number': `{ ${Array.from({ length: 1500 }, (_, i) => `me { id${i} }`).join(' ')} }`,
  };
  test.each(Object.entries(HOSTILE))('refuses %s at once', async (_, query) => {
    const started = performance.now();
    const response = await ask(query);
    expect(performance.now() - started).toBeLessThan(AT_ONCE);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const answer = (await response.json()) as GraphQLAnswer;
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.[0]?.extensions.code).toMatch(
      /^(GRAPHQL_(PARSE|VALIDATION)_FAILED|PARAMS_INVALID|REQUEST_TOO_LARGE)$/,
    );
    expect(JSON.stringify(answer).length).toBeLessThan(100_000);
  });

  test.each([
    [
      'deep variables',
      `{"query":"{ __typename }","variables":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
    ],
    ['a million variables', `{"query":"{ __typename }","variables":{"a":[${'0,'.repeat(400_000)}0]}}`],
    ['a large body', `{"query":"{ __typename }","variables":{"a":"${'x'.repeat(20_000_000)}"}}`],
  ])('refuses %s at once', async (_, body) => {
    const started = performance.now();
    const response = await post(body);
    expect(performance.now() - started).toBeLessThan(AT_ONCE);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });

  test('refuses a body without a length that grows too large', async () => {
    async function* endless() {
      for (let i = 0; i < 40; i++) yield new Uint8Array(100_000).fill(0x20);
    }
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: streamOf(endless()),
    });
    expect(response.status).toBe(413);
  });

  test.each([101, 1000, 2_147_483_647, -1])(
    'refuses a page of %d, from a literal and from a variable',
    async (size) => {
      const good = await ask(
        'query ($first: Int) { materials(first: $first) { totalCount edges { cursor } } }',
        { first: 5 },
      );
      expect(good.status).toBe(200);
      for (const [query, variables] of [
        [`{ materials(first: ${size}) { edges { cursor } } }`, {}],
        [`{ materials(last: ${size}) { edges { cursor } } }`, {}],
        ['query ($first: Int) { materials(first: $first) { totalCount edges { cursor } } }', { first: size }],
      ] as const) {
        const response = await ask(query, variables);
        const answer = (await response.json()) as GraphQLAnswer;
        expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'PARAMS_INVALID']);
      }
    },
  );

  test('sorts by the keys of its enum and nothing else', async () => {
    for (const order of ['"password_hash"', 'PASSWORD', '"id; drop table users"']) {
      const response = await ask(`{ materials(orderBy: ${order}) { edges { cursor } } }`);
      expect(response.status).toBe(400);
    }
  });

  test.each([
    ['a raw character in the document', '{"query":"{ material(id: \\"a\\u0000b\\") { id } }"}'],
    ['an escape in a literal', '{"query":"{ material(id: \\"a\\\\u0000b\\") { id } }"}'],
    ['a braced escape in a literal', '{"query":"{ material(id: \\"a\\\\u{0}b\\") { id } }"}'],
    ['a filter', '{"query":"{ materials(filter: { name: \\"\\\\u0000\\" }) { totalCount } }"}'],
    [
      'a variable',
      '{"query":"query ($id: ID!) { material(id: $id) { id } }","variables":{"id":"a\\u0000b"}}',
    ],
    [
      'a nested variable',
      '{"query":"query ($f: MaterialFilter) { materials(filter: $f) { totalCount } }","variables":{"f":{"name":"\\u0000"}}}',
    ],
    [
      'a password',
      '{"query":"mutation ($p: String!) { login(username: \\"admin\\", password: $p) { user { id } } }","variables":{"p":"\\u0000"}}',
    ],
    ['an unused variable', '{"query":"{ __typename }","variables":{"x":["\\u0000"]}}'],
  ])('refuses U+0000 as %s with 400', async (_, body) => {
    const response = await post(body, { accept: 'application/graphql-response+json' });
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'PARAMS_INVALID']);
  });

  test.each([
    'not-a-uuid',
    '',
    '%',
    "' or 1=1",
    '\ud800',
    '00000000-0000-0000-0000-000000000000',
    '9'.repeat(10_000),
  ])('finds nothing under the id %j', async (id) => {
    const response = await ask('query ($id: ID!) { material(id: $id) { id } }', { id });
    const answer = (await response.json()) as GraphQLAnswer;
    expect(answer.data?.material ?? null).toBeNull();
    expect(response.status).toBeLessThan(500);
  });

  test.each(['', 'x', 'eyJhIjoxfQ', '\u{1F600}', 'W10', btoa('[1,2,3]'), 'A'.repeat(100_000)])(
    'refuses the cursor %j with 400',
    async (after) => {
      const response = await ask('query ($after: String) { materials(after: $after) { edges { cursor } } }', {
        after,
      });
      const answer = (await response.json()) as GraphQLAnswer;
      expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'PARAMS_INVALID']);
    },
  );

  test.each([2_147_483_648, -2_147_483_649, 1.5, '1', true])('refuses %j for an Int with 400', async (id) => {
    expect((await ask('query ($id: Int!) { mall(id: $id) { id } }', { id })).status).toBe(400);
  });

  test('tells the code, the request and whether to try again, in the language that is asked for', async () => {
    const stranger = new Client(url);
    const texts: Record<string, string> = {};
    for (const language of ['en', 'zh', 'zh-CN,zh;q=0.9,en;q=0.8', 'en;q=0.5, zh;q=0.4', 'fr', '*']) {
      const response = await stranger.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': language },
        body: '{"query":"{ materials { totalCount } }"}',
      });
      const answer = (await response.json()) as GraphQLAnswer;
      expect(answer.errors?.[0]?.extensions).toEqual({
        code: 'LOGIN_REQUIRED',
        legacyCode: 40101,
        requestId: response.headers.get('x-request-id'),
        retryable: false,
      });
      texts[language] = answer.errors?.[0]?.message ?? '';
    }
    expect(texts).toEqual({
      en: 'Log in first.',
      zh: '请先登录',
      'zh-CN,zh;q=0.9,en;q=0.8': '请先登录',
      'en;q=0.5, zh;q=0.4': 'Log in first.',
      fr: 'Log in first.',
      '*': 'Log in first.',
    });
  });

  test('tells nothing of what lies behind it', async () => {
    for (const query of [
      '{ material(id: 1) { nope } }',
      '{ materials(first: "x") { totalCount } }',
      '{ __proto__ }',
    ]) {
      const text = await (await ask(query)).text();
      expect(text).not.toMatch(/stack|node_modules|\/src\/|select |postgres/i);
    }
  });

  test('answers introspection, which GraphiQL and code generators need', async () => {
    const response = await ask(getIntrospectionQuery());
    const { data } = (await response.json()) as { data: IntrospectionQuery };
    const schema = buildClientSchema(data);
    expect(Object.keys(schema.getMutationType()?.getFields() ?? {})).toContain('uploadMaterials');
    expect(Object.keys(schema.getSubscriptionType()?.getFields() ?? {})).toContain('materialsChanged');
  });

  test('shows GraphiQL to browsers, whole, from this server alone', async () => {
    const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toStartWith('text/html');
    const html = await page.text();
    expect(html).toContain('Stockroom GraphiQL');
    const tags = html.replace(/(<script\b[^>]*>)[\s\S]*?<\/script>/g, '$1');
    const loaded = [
      ...tags.matchAll(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*["']?([^"'\s>]+)/g),
    ].map(([, address]) => address ?? '');
    for (const address of loaded) {
      if (address.startsWith('data:')) continue;
      expect(new URL(address, url).origin).toBe(url);
      expect((await fetch(new URL(address, url))).status).toBe(200);
    }
    expect(html).not.toMatch(/@import\s+url\(["']?https?:/);
  });

  test('has no subscriptions', async () => {
    expect((await ask('subscription { materialsChanged(mallId: 1) { id } }')).status).toBe(400);
  });

  test('refuses batches and methods that it does not know', async () => {
    expect((await post('[{"query":"{ __typename }"},{"query":"{ __typename }"}]')).status).toBe(400);
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const { status } = await client.send('/graphql', { method });
      expect([404, 405]).toContain(status);
    }
  });

  test('still serves after all of this', async () => {
    const answer = await until(
      'an answer',
      async () => (await client.graphql('{ malls { id } }')).data ?? undefined,
    );
    expect(answer).toEqual({ malls: [{ id: 1 }] });
  });
});
