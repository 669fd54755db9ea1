import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { Client, fixture, type GraphQLAnswer } from '../support/client.ts';
import { type StockroomServer, spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const ME = 'query Me { me { username } }';
const LOGIN =
  'mutation LogIn($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } }';
const PAGE = 'query Page($n: Int) { materials(first: $n) { edges { node { id } } } }';
const UPLOAD = `mutation Upload($files: [Upload!]!) {
  uploadMaterials(mallId: 1, files: $files) { __typename ... on Material { originFilename } }
}`;

const hash = (text: string, algorithm: 'sha256' | 'sha1' = 'sha256') =>
  new Bun.CryptoHasher(algorithm).update(text).digest('hex');
const apq = (sha256Hash: string, version = 1) => ({ persistedQuery: { version, sha256Hash } });

async function post(
  client: Client,
  body: object,
): Promise<{ status: number; answer: GraphQLAnswer; code: unknown }> {
  const response = await client.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as GraphQLAnswer;
  return { status: response.status, answer, code: answer.errors?.[0]?.extensions.code };
}

async function get(client: Client, values: Record<string, string>) {
  const response = await client.send(`/graphql?${new URLSearchParams(values)}`, {
    headers: { accept: 'application/json' },
  });
  const answer = (await response.json()) as GraphQLAnswer;
  return { status: response.status, answer, code: answer.errors?.[0]?.extensions.code };
}

/** A form whose operations name their document. */
function namedForm(operations: object, file: File): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ variables: { files: [null] }, ...operations }));
  form.set('map', '{"0":["variables.files.0"]}');
  form.set('0', file);
  return form;
}

async function sendForm(client: Client, form: FormData) {
  const response = await client.send('/graphql', {
    method: 'POST',
    headers: { 'apollo-require-preflight': 'true' },
    body: form,
  });
  const answer = (await response.json()) as GraphQLAnswer;
  return { status: response.status, answer, code: answer.errors?.[0]?.extensions.code };
}

describe('persisted queries', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom();
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('of Apollo Client are sent by their hash from the second time on, by GET and by POST', async () => {
    for (const useGETForHashedQueries of [true, false]) {
      const sent: { method: string; hasQuery: boolean; status: number }[] = [];
      const apollo = new ApolloClient({
        cache: new InMemoryCache(),
        defaultOptions: { query: { fetchPolicy: 'no-cache' } },
        link: new PersistedQueryLink({ sha256: hash, useGETForHashedQueries }).concat(
          new UploadHttpLink({
            uri: `${server.url}/graphql`,
            headers: { 'apollo-require-preflight': 'true' },
            fetch: async (input, init = {}) => {
              const url = String(input);
              const response = await client.send(url, init);
              const hasQuery = `${decodeURIComponent(url)}${init.body}`.includes('me {');
              sent.push({ method: init.method ?? 'GET', hasQuery, status: response.status });
              return response;
            },
          }),
        ),
      });
      const name = useGETForHashedQueries ? 'ByGet' : 'ByPost';
      const query = gql(`query ${name} { me { id username } }`);
      for (let i = 0; i < 3; i++) {
        const { data } = await apollo.query<{ me: { username: string } }>({ query });
        expect(data?.me.username).toBe('admin');
      }
      const hashed = { method: useGETForHashedQueries ? 'GET' : 'POST', hasQuery: false };
      expect(sent).toEqual([
        { ...hashed, status: 404 },
        { method: 'POST', hasQuery: true, status: 200 },
        { ...hashed, status: 200 },
        { ...hashed, status: 200 },
      ]);
    }
  });

  test('that are unknown are told in the words that clients look for, in any language', async () => {
    const { status, answer } = await post(client, { extensions: apq(hash('unknown')) });
    expect(status).toBe(404);
    expect(answer.errors?.[0]).toMatchObject({
      message: 'PersistedQueryNotFound',
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
    });
    expect((await post(client, { documentId: 'nothing' })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('are kept under their own hash only', async () => {
    const wrong = await post(client, { query: ME, extensions: apq(hash('other')) });
    expect([wrong.status, wrong.code]).toEqual([400, 'PARAMS_INVALID']);
    expect((await post(client, { extensions: apq(hash('other')) })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
    for (const extensions of [
      apq('short'),
      apq(hash(ME), 2),
      { persistedQuery: 'text' },
      { persistedQuery: 1 },
    ]) {
      const { status, code } = await post(client, { query: ME, extensions });
      expect([status, code]).toEqual([400, 'PARAMS_INVALID']);
    }
    expect((await post(client, { query: ME, documentId: 7 })).code).toBe('PARAMS_INVALID');
  });

  test('can be named as GraphQL over HTTP does, in the query string too', async () => {
    const documentId = `sha256:${hash(ME)}`;
    await post(client, { query: ME, extensions: apq(hash(ME).toUpperCase()) });
    for (const { answer } of [
      await post(client, { documentId }),
      await get(client, { documentId }),
      await get(client, { extensions: JSON.stringify(apq(hash(ME))) }),
    ]) {
      expect(answer.data).toEqual({ me: { username: 'admin' } });
    }
  });

  test('have files in multipart requests too', async () => {
    const file = await fixture('plain.png');
    expect((await sendForm(client, namedForm({ extensions: apq(hash(UPLOAD)) }, file))).code).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
    await sendForm(client, namedForm({ query: UPLOAD, extensions: apq(hash(UPLOAD)) }, file));
    const { answer } = await sendForm(client, namedForm({ extensions: apq(hash(UPLOAD)) }, file));
    expect(answer.data?.uploadMaterials).toEqual([{ __typename: 'Material', originFilename: 'plain.png' }]);
  });

  test('are held to the limits each time, and never change anything over GET', async () => {
    await post(client, { query: PAGE, variables: { n: 5 }, extensions: apq(hash(PAGE)) });
    const named = { extensions: apq(hash(PAGE)) };
    expect((await post(client, { ...named, variables: { n: 5 } })).status).toBe(200);
    expect((await post(client, { ...named, variables: { n: 101 } })).code).toBe('PARAMS_INVALID');
    expect((await post(client, { ...named, variables: { n: '\0' } })).code).toBe('PARAMS_INVALID');
    const deep = `{ me { ${'... on User { '.repeat(20)}id${' }'.repeat(20)} } }`;
    const dear = `{ ${Array.from({ length: 29 }, (_, i) => `a${i}: materials(first: 100) { edges { node { id kind size url } } }`).join(' ')} }`;
    const logout = 'mutation { logout }';
    for (const [query, code] of [
      [deep, 'PARAMS_INVALID'],
      [dear, 'QUERY_TOO_EXPENSIVE'],
    ] as const) {
      const extensions = apq(hash(query));
      expect((await post(client, { query, extensions })).code).toBe(code);
      expect((await post(client, { extensions })).code).toBe(code);
    }
    const stranger = new Client(server.url);
    await post(stranger, { query: logout, extensions: apq(hash(logout)) });
    const { status } = await get(client, { extensions: JSON.stringify(apq(hash(logout))) });
    expect(status).toBe(405);
    expect((await post(client, { query: ME })).answer.data).toEqual({ me: { username: 'admin' } });
  });

  test('do not fill the memory: old ones are dropped, large ones not kept', async () => {
    const large = `query Large { me { id } } #${'x'.repeat(100_000)}`;
    await post(client, { query: large, extensions: apq(hash(large)) });
    expect((await post(client, { extensions: apq(hash(large)) })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
    const medium = (i: number) => `query M${i} { me { id } } #${'x'.repeat(40_000)}`;
    for (let i = 0; i < 120; i++) await post(client, { query: medium(i), extensions: apq(hash(medium(i))) });
    expect((await post(client, { extensions: apq(hash(medium(0))) })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post(client, { extensions: apq(hash(medium(119))) })).status).toBe(200);
  });
});

describe('an allow-list of documents', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    const file = join(directory.path, 'persisted-documents.json');
    // The client preset of GraphQL Code Generator names documents by SHA-1 unless told otherwise.
    const documents = [ME, LOGIN, PAGE, UPLOAD].map((text) => [hash(text, 'sha1'), text]);
    await Bun.write(file, JSON.stringify(Object.fromEntries(documents)));
    server = await startStockroom({ env: { GRAPHQL_DOCUMENTS: file } });
    client = new Client(server.url);
    await post(client, { query: LOGIN, variables: { u: 'admin', p: 'correct horse battery' } });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test('runs its documents by their id, by their hash, and as a whole', async () => {
    for (const { answer } of [
      await post(client, { documentId: hash(ME, 'sha1') }),
      await post(client, { documentId: `sha256:${hash(ME)}` }),
      await post(client, { extensions: apq(hash(ME)) }),
      await post(client, { query: ME }),
      await post(client, { query: ME, extensions: apq(hash(ME)) }),
      await get(client, { documentId: hash(ME, 'sha1') }),
      await get(client, { query: ME }),
    ]) {
      expect(answer.data).toEqual({ me: { username: 'admin' } });
    }
    const form = namedForm({ documentId: hash(UPLOAD, 'sha1') }, await fixture('plain.png'));
    expect((await sendForm(client, form)).answer.data?.uploadMaterials).toHaveLength(1);
  });

  test('runs nothing else', async () => {
    const other = '{ malls { id } }';
    const form = namedForm({ query: UPLOAD.replace('Upload', 'Other') }, await fixture('plain.png'));
    for (const { status, code } of [
      await post(client, { query: other }),
      await post(client, { query: other, extensions: apq(hash(other)) }),
      await post(client, { extensions: apq(hash(other)) }),
      await post(client, { query: ME.replace('username', 'id') }),
      await post(client, { query: `${ME} ${PAGE}` }),
      await post(client, { query: other, documentId: hash(ME, 'sha1') }),
      await post(client, { query: '{ __typename }' }),
      await post(client, { documentId: '__proto__' }),
      await post(client, {}),
      await get(client, { query: other }),
      await sendForm(client, form),
    ]) {
      expect([status, code]).toEqual([403, 'DOCUMENT_NOT_ALLOWED']);
    }
  });

  test('leaves the limits as they are', async () => {
    const documentId = hash(PAGE, 'sha1');
    expect((await post(client, { documentId, variables: { n: 101 } })).code).toBe('PARAMS_INVALID');
  });

  test('switches GraphiQL off', async () => {
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await page.text()).not.toContain('GraphiQL');
    expect(server.output()).not.toContain('GraphiQL');
    expect(await (await fetch(server.url)).text()).not.toContain('GraphiQL');
  });

  test.each([
    ['no JSON', 'hash: document', /cannot be used/],
    ['a list', '["{ me { id } }"]', /object of hashes and documents/],
    ['a document that is no text', '{"a":{"query":"{ me { id } }"}}', /object of hashes and documents/],
    ['a syntax error', '{"good":"{ me { id } }","bad":"{ me { id }"}', /the document "bad": Syntax Error/],
    [
      'a field that is unknown',
      '{"old":"{ me { nickname } }"}',
      /the document "old": Cannot query field "nickname"/,
    ],
  ])('with %s stops the start with one line', async (_, content, told) => {
    await using own = await temporaryDirectory();
    const file = join(own.path, 'documents.json');
    await Bun.write(file, content);
    const child = spawnStockroom({ DATA_DIR: join(own.path, 'data'), GRAPHQL_DOCUMENTS: file });
    const [errors, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    expect(exitCode).toBe(1);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
    expect(errors).toContain(`GRAPHQL_DOCUMENTS=${file}`);
    expect(errors).toMatch(told);
  });
});
