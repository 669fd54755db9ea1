import { describe, expect, test } from 'bun:test';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { operationCost } from '../../../../src/api/graphql/cost.ts';

const schema = buildSchema(/* GraphQL */ `
  interface Node { id: ID! }
  type Item implements Node { id: ID! name: String! tags: [String!]! owner: Owner children(first: Int, last: Int): ItemConnection! }
  type Owner { name: String! items(first: Int = 5, last: Int): ItemConnection! }
  type ItemConnection { totalCount: Int! edges: [ItemEdge!]! }
  type ItemEdge { cursor: String! node: Item! }
  union Found = Item | Owner
  type Query {
    items(first: Int, last: Int): ItemConnection!
    owners: [Owner!]!
    node: Node
    found: [Found!]!
  }
  type Mutation { touch: Item! }
`);

function cost(text: string, variables: Record<string, unknown> = {}, operationName?: string): number {
  const document = parse(text);
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('no operation');
  return operationCost(schema, document, operation, variables);
}

const NAMES = '{ edges { node { name } } }';

describe('the cost of an operation', () => {
  test.each([
    ['a field', '{ __typename }', 1],
    ['a field of a field', '{ node { id } }', 2],
    ['the same under another name', '{ node { id } b: node { id } }', 4],
    ['a page of 7', `{ items(first: 7) ${NAMES} }`, 1 + 7 * 3],
    ['a page backward', `{ items(last: 7) ${NAMES} }`, 1 + 7 * 3],
    ['a page without a size', `{ items ${NAMES} }`, 1 + 20 * 3],
    ['a page of null', `{ items(first: null) ${NAMES} }`, 1 + 20 * 3],
    ['a page of nothing', `{ items(first: 0) ${NAMES} }`, 1],
    ['a page of less than nothing', `{ items(first: -100) ${NAMES} }`, 1],
    ['a page of far too much', `{ items(first: 2147483647) ${NAMES} }`, 1 + 100 * 3],
    ['a number beyond all', `{ items(first: ${'9'.repeat(400)}) ${NAMES} }`, 1 + 100 * 3],
    ['both sizes, of which the larger counts', `{ items(first: 1, last: 9) ${NAMES} }`, 1 + 9 * 3],
    ['a list without pages', '{ owners { name } }', 1 + 10],
    ['a list of plain values', '{ node { ... on Item { tags } } }', 2],
    ['a list of a union', '{ found { ... on Item { id name } ... on Owner { name } } }', 1 + 10 * 3],
    ['a fragment', '{ node { ...F } } fragment F on Item { id name }', 3],
    ['a fragment that is used twice', '{ a: node { ...F } b: node { ...F } } fragment F on Item { id }', 4],
    ['a skipped field', '{ node @skip(if: true) { id } }', 2],
    ['a mutation', 'mutation { touch { id name } }', 3],
    ['introspection', '{ __schema { types { name } } }', 1],
  ] as const)('%s', (_, text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  test('multiplies pages within pages, through fragments', () => {
    const direct = cost(`{ items(first: 100) { edges { node { children(first: 100) ${NAMES} } } } }`);
    expect(direct).toBe(1 + 100 * (2 + 1 + 100 * 3));
    const hidden = cost(
      `{ items(first: 100) { ...A } } fragment A on ItemConnection { edges { node { ...B } } }
       fragment B on Item { children(first: 100) { ...C } } fragment C on ItemConnection ${NAMES}`,
    );
    expect(hidden).toBe(direct);
  });

  test('counts fragments that double each other without walking them again and again', () => {
    const doubling = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Item { ...F${i + 1} ...F${i + 1} }`,
    );
    const started = performance.now();
    expect(cost(`{ node { ...F0 } } ${doubling.join(' ')} fragment F60 on Item { id }`)).toBe(1 + 2 ** 60);
    expect(performance.now() - started).toBeLessThan(200);
  });

  test('goes by the variables of each request, also of a document that was seen before', () => {
    const text = `query ($n: Int) { items(first: $n) ${NAMES} }`;
    const document = parse(text);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    const costs = [5, 100, 5, -1, 1e9, null, undefined, '7', {}].map((n) =>
      operationCost(schema, document, operation, n === undefined ? {} : { n }),
    );
    expect(costs).toEqual([16, 301, 16, 1, 301, 61, 61, 301, 301]);
  });

  test('knows the default of a variable', () => {
    const text = `query ($n: Int = 50) { items(first: $n) ${NAMES} }`;
    expect(cost(text)).toBe(151);
    expect(cost(text, { n: 2 })).toBe(7);
  });

  test('is that of the operation that runs, not of its neighbours', () => {
    const text = `query Small { node { id } } query Large { items(first: 100) ${NAMES} }`;
    expect(cost(text, {}, 'Small')).toBe(2);
    expect(cost(text, {}, 'Large')).toBe(301);
  });
});
