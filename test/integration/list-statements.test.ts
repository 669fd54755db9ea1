import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client } from '../support/client.ts';
import { Library, makeRows } from '../support/library.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { type SqlProxy, startSqlProxy } from '../support/sql-proxy.ts';

describe.skipIf(missing('PostgreSQL', findPostgres()))('the statements of a request', () => {
  let database: ExternalPostgres;
  let proxy: SqlProxy;
  let library: Library;
  beforeAll(async () => {
    database = await startPostgres();
    proxy = await startSqlProxy(await database.createDatabase());
    library = await Library.open({ DATABASE_URL: proxy.url });
    await library.addMall(2);
    const uploaders = [1, await library.addUser('one'), await library.addUser('two')];
    await library.insert(makeRows(30, { mallIds: [1, 2], uploaders }));
    await library.sql.end();
  });
  afterAll(async () => {
    await library[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database.stop();
  });

  const statementsOf = async (query: string, variables: object = {}): Promise<string[]> => {
    proxy.take();
    await library.admin.data(query, variables);
    // Work that goes on by itself is not the request's.
    return proxy.take().filter((statement) => !/^update "blobs"/.test(statement));
  };
  const tables = (statements: readonly string[]) =>
    statements.map((statement) => /\bfrom "?(sessions|materials|malls|users)\b/.exec(statement)?.[1]);

  test('a list with every field takes one for the session and one for each kind of thing in it', async () => {
    const statements = await statementsOf(`{
      materials(first: 20) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges {
          cursor
          node {
            id kind originFilename basePath url mimeType size sha256 width height durationMs codec frames placeholder
            damaged folder tags visibility source createdAt updatedAt
            mall { id name createdAt }
            uploadedBy { id username role createdAt }
          }
        }
      }
    }`);
    expect(tables(statements).slice(0, 2)).toEqual(['sessions', 'materials']);
    expect(tables(statements).slice(2).sort()).toEqual(['malls', 'users']);
  });

  test('a list that shows neither malls nor people does not ask for them', async () => {
    const statements = await statementsOf('{ materials(first: 20) { edges { node { id url } } } }');
    expect(tables(statements)).toEqual(['sessions', 'materials']);
  });

  test('rows are counted only where the count is asked for, and once', async () => {
    const isCount = (statement: string) => /\bcount\(/i.test(statement);
    const without = await statementsOf('{ materials(first: 20) { edges { node { id } } } }');
    expect(without.filter(isCount)).toEqual([]);
    const withCount = await statementsOf('{ materials(first: 20) { totalCount edges { node { id } } } }');
    expect(withCount.filter(isCount)).toHaveLength(1);
    expect(withCount).toHaveLength(3);
  });

  test('a visitor costs none', async () => {
    proxy.take();
    await new Client(library.server.url).data('{ me { id } }');
    expect(proxy.take().filter((statement) => !/^update "blobs"/.test(statement))).toEqual([]);
  });
});
