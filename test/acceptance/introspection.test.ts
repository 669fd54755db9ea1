import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { getIntrospectionQuery } from 'graphql';
import { Client, type GraphQLAnswer } from '../support/client.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

describe('a server that keeps its schema to itself', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom({ env: { GRAPHQL_INTROSPECTION: 'off', GRAPHIQL: 'off' } });
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test.each([
    getIntrospectionQuery().replaceAll(/\s+/g, ' '),
    '{ __schema { queryType { name } } }',
    '{ __type(name: "User") { name } }',
    '{ a: __schema { types { name } } }',
    '{ ... on Query { b: __type(name: "User") { fields { name } } } }',
    '{ me { id } ...F } fragment F on Query { ...G } fragment G on Query { __schema { types { name } } }',
    'query A { me { id } } query B { __schema { types { name } } }',
    '{ __schema @include(if: false) { types { name } } }',
  ])('refuses to tell it: %s', async (query) => {
    for (const operationName of [undefined, 'A', 'B']) {
      const response = await client.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query, operationName }),
      });
      const answer = (await response.json()) as GraphQLAnswer;
      expect([response.status, answer.data ?? null]).toEqual([400, null]);
      expect(JSON.stringify(answer)).not.toContain('uploadMaterials');
    }
  });

  test('still tells the type of what it answers', async () => {
    const data = await client.data('{ __typename me { __typename } }');
    expect(data).toEqual({ __typename: 'Query', me: { __typename: 'User' } });
  });

  const MISSPELLED: readonly [query: string, variables?: object][] = [
    ['{ material { edges { cursor } } }'],
    ['{ materialz { totalCount } }'],
    ['{ me { usernam } }'],
    ['{ materials(frist: 1) { totalCount } }'],
    ['{ materials(orderBy: CREATED_AT_DES) { totalCount } }'],
    ['{ materials(filter: { folde: "a" }) { totalCount } }'],
    ['{ me { ... on Usr { id } } }'],
    ['query ($f: MaterialFiltr) { materials(filter: $f) { totalCount } }'],
    ['query ($o: MaterialOrder!) { materials(orderBy: $o) { totalCount } }', { o: 'CREATED_AT_DES' }],
    ['query ($f: MaterialFilter) { materials(filter: $f) { totalCount } }', { f: { folde: 'a' } }],
    ['query ($f: MaterialFilter) { materials(filter: $f) { totalCount } }', { f: { kind: 'IMAG' } }],
  ];
  test.each(MISSPELLED)('suggests nothing for %s', async (query, variables = {}) => {
    const { errors } = await client.graphql(query, variables);
    expect(errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toMatch(
      /did you mean|"materials"|username|CREATED_AT_DESC|"folder"|"IMAGE"/i,
    );
  });

  test('has no schema to download, and no GraphiQL', async () => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      expect((await fetch(`${server.url}/schema.graphql`, { method })).status).toBe(404);
    }
    for (const accept of ['text/html', 'text/html,application/xhtml+xml,*/*;q=0.8']) {
      const page = await fetch(`${server.url}/graphql`, { headers: { accept } });
      expect(page.status).toBeWithin(400, 500);
      expect(page.headers.get('content-type') ?? '').not.toContain('text/html');
      expect(await page.text()).not.toContain('GraphiQL');
    }
    const front = await (await fetch(server.url)).text();
    expect(front).not.toMatch(/GraphiQL|schema\.graphql/);
    expect(server.output()).not.toContain('GraphiQL');
  });
});

test('a server that tells its schema suggests names too', async () => {
  await using server = await startStockroom();
  const { errors } = await new Client(server.url).graphql('{ materialz { totalCount } }');
  expect(errors?.[0]?.message).toContain('Did you mean');
});
