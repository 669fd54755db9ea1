import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, type GraphQLAnswer } from '../support/client.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

const EVERYTHING = `totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node {
  id mall { id name createdAt } kind originFilename basePath url mimeType size sha256 width height durationMs codec frames
  placeholder damaged folder tags visibility source createdAt updatedAt
  uploadedBy { id username role mustChangePassword createdAt } } }`;

interface Answer extends GraphQLAnswer {
  readonly extensions?: { readonly cost?: { readonly requested: number; readonly limit: number } };
}

describe('the cost of a query', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom();
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const ask = async (query: string, variables: object = {}, more: object = {}, headers = {}) => {
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-graphql-cost': '1', ...headers },
      body: JSON.stringify({ query, variables, ...more }),
    });
    const answer = (await response.json()) as Answer;
    return { status: response.status, code: answer.errors?.[0]?.extensions.code, answer };
  };
  const pages = (count: number, page: string) =>
    Array.from({ length: count }, (_, i) => `p${i}: materials(${page}) { ...Page }`).join(' ');
  const fragment = `fragment Page on MaterialConnection { ${EVERYTHING} }`;

  test('lets a page of 100 pass with every field, its mall and its user', async () => {
    const { status, answer } = await ask(`{ materials(first: 100) { ${EVERYTHING} } }`);
    expect([status, answer.errors]).toEqual([200, undefined]);
    const { requested = 0, limit = 0 } = answer.extensions?.cost ?? {};
    expect(requested).toBeWithin(2000, limit / 2);
  });

  test('is told only where it is asked for', async () => {
    const { answer } = await ask('{ me { id } }', {}, {}, { 'x-graphql-cost': '0' });
    expect(answer.extensions).toBeUndefined();
    expect((await ask('{ me { id } }')).answer.extensions?.cost?.requested).toBe(2);
  });

  test.each([
    ['pages under many names', `{ ${pages(5, 'first: 100')} } ${fragment}`, {}, {}],
    ['pages backward', `{ ${pages(5, 'last: 100')} } ${fragment}`, {}, {}],
    ['sizes that are far too large', `{ ${pages(5, 'first: 2147483647')} } ${fragment}`, {}, {}],
    ['a variable', `query ($n: Int) { ${pages(5, 'first: $n')} } ${fragment}`, { n: 100 }, {}],
    ['the default of a variable', `query ($n: Int = 100) { ${pages(5, 'first: $n')} } ${fragment}`, {}, {}],
    ['no size at all', `{ ${pages(25, 'mallId: 1')} } ${fragment}`, {}, {}],
    ['null for a size', `{ ${pages(25, 'first: null')} } ${fragment}`, {}, {}],
    [
      'the second operation of a document',
      `query A { me { id } } query B { ${pages(5, 'first: 100')} } ${fragment}`,
      {},
      { operationName: 'B' },
    ],
    [
      'fragments in fragments',
      `{ ...A ... on Query { ...B } } fragment A on Query { ${pages(3, 'first: 100')} }
       fragment B on Query { ${pages(3, 'first: 99').replaceAll(/\bp/g, 'q')} } ${fragment}`,
      {},
      {},
    ],
  ] as const)(
    'refuses too much through %s, the whole request, with 400',
    async (_, query, variables, more) => {
      const { status, code, answer } = await ask(query, variables, more);
      expect([status, code]).toEqual([400, 'QUERY_TOO_EXPENSIVE']);
      expect(answer.data ?? null).toBeNull();
      expect(answer.errors).toHaveLength(1);
      const { requested = 0, limit = 0 } = answer.extensions?.cost ?? {};
      expect(requested).toBeGreaterThan(limit);
    },
  );

  test('is taken anew for each request, though the document is known', async () => {
    const query = `query ($n: Int) { ${pages(5, 'first: $n')} } ${fragment}`;
    const seen: unknown[] = [];
    for (const n of [5, 100, 5, 100]) seen.push((await ask(query, { n })).status);
    expect(seen).toEqual([200, 400, 200, 400]);
  });
});

describe('the limits of a document', () => {
  let server: StockroomServer;
  beforeAll(async () => {
    server = await startStockroom();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const nested = (levels: number) => `${'... on User { '.repeat(levels)}id${' }'.repeat(levels)}`;
  const aliases = (count: number, prefix = 'a') =>
    Array.from({ length: count }, (_, i) => `${prefix}${i}: __typename`).join(' ');
  const BEYOND: Record<string, string> = {
    'depth in an operation that does not run': `query A { __typename } query B { me { ${nested(20)} } }`,
    'depth in a fragment of an operation that does not run': `query A { __typename } query B { me { ...F } } fragment F on User { ${nested(20)} }`,
    'depth behind many fragments': `query A { me { ...F0 } } ${Array.from({ length: 15 }, (_, i) => `fragment F${i} on User { ...F${i + 1} }`).join(' ')} fragment F15 on User { id }`,
    'aliases in an operation that does not run': `query A { __typename } query B { ${aliases(31)} }`,
    'aliases in a fragment that is used twice': `query A { x: me { ...F } y: me { ...F } } fragment F on User { ${aliases(16)} }`,
    'tokens in an operation that does not run': `query A { __typename } query B { ${'__typename '.repeat(2000)} }`,
    'introspection in circles':
      'query A { __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
  };
  test.each(Object.entries(BEYOND))('hold for %s', async (_, query) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, operationName: 'A' }),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.data ?? null]).toEqual([400, null]);
  });

  test('hold for lists of requests, which are refused', async () => {
    const one = { query: '{ __typename }' };
    for (const body of [[one], [one, one], []]) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(400);
    }
  });
});
