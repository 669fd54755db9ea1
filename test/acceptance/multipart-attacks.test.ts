import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, type GraphQLAnswer } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import {
  concat,
  END,
  FORM_TYPE,
  type FormPart,
  operations,
  partHead,
  uploadFields,
} from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { RawRequest } from '../support/raw-request.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { countMaterials, sendForm, uploadParts } from '../support/upload.ts';

const OPERATIONS = operations({ mallId: 1, files: [null] });
const MAP = '{"0":["variables.files.0"]}';
const FILE: FormPart = { name: '0', filename: 'a.png', value: uniquePng() };
const field = (name: string, value: string): FormPart => ({ name, value });
const withOperations = (value: string) => [field('operations', value), field('map', MAP), FILE];
const withMap = (value: string) => [field('operations', OPERATIONS), field('map', value), FILE];
const withPath = (path: string) => withMap(JSON.stringify({ 0: [path] }));
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

const MALFORMED: Record<string, readonly FormPart[]> = {
  'nothing at all': [],
  'no operations': [field('map', MAP), FILE],
  'no map': [field('operations', OPERATIONS), FILE],
  'map before operations': [field('map', MAP), field('operations', OPERATIONS), FILE],
  'a file before operations': [FILE, field('operations', OPERATIONS), field('map', MAP)],
  'a file before map': [field('operations', OPERATIONS), FILE, field('map', MAP)],
  'operations twice': [
    field('operations', OPERATIONS),
    field('operations', OPERATIONS),
    field('map', MAP),
    FILE,
  ],
  'operations as a file': [
    { ...field('operations', OPERATIONS), filename: 'o.json' },
    field('map', MAP),
    FILE,
  ],
  'map as a file': [field('operations', OPERATIONS), { ...field('map', MAP), filename: 'm.json' }, FILE],
  'operations that are empty': withOperations(''),
  'operations that are no JSON': withOperations('{"query":'),
  'operations that are null': withOperations('null'),
  'operations that are a number': withOperations('42'),
  'operations that are a text': withOperations('"query"'),
  'operations that are true': withOperations('true'),
  'operations that are an array': withOperations(`[${OPERATIONS}]`),
  'operations that are an empty array': withOperations('[]'),
  'operations that are an empty object': withOperations('{}'),
  'operations nested a hundred thousand deep': withOperations(deep(100_000)),
  'operations with variables nested a hundred thousand deep': withOperations(
    OPERATIONS.replace('"files":[null]', `"files":[null],"x":${deep(100_000)}`),
  ),
  'operations without variables': withOperations('{"query":"{ __typename }"}'),
  'operations with null for variables': withOperations('{"query":"{ __typename }","variables":null}'),
  'operations with a number for variables': withOperations('{"query":"{ __typename }","variables":1}'),
  'operations with a text for variables': withOperations('{"query":"{ __typename }","variables":"files"}'),
  'operations with an array for variables': withOperations('{"query":"{ __typename }","variables":[null]}'),
  'operations with null for the query': withOperations('{"query":null,"variables":{"files":[null]}}'),
  'operations with a number for the query': withOperations('{"query":1,"variables":{"files":[null]}}'),
  'operations with an object for the query': withOperations('{"query":{},"variables":{"files":[null]}}'),
  'operations with a number for the name': withOperations(OPERATIONS.replace('{', '{"operationName":5,')),
  'operations with an array for extensions': withOperations(OPERATIONS.replace('{', '{"extensions":[],')),
  'operations that are no UTF-8': withOperations('\ud800'),
  'a map that is empty': withMap(''),
  'a map that is no JSON': withMap('{'),
  'a map that is null': withMap('null'),
  'a map that is a number': withMap('1'),
  'a map that is a text': withMap('"0"'),
  'a map that is an array': withMap('[["variables.files.0"]]'),
  'a map with null for the paths': withMap('{"0":null}'),
  'a map with a text for the paths': withMap('{"0":"variables.files.0"}'),
  'a map with an object for the paths': withMap('{"0":{"0":"variables.files.0"}}'),
  'a map with no path': withMap('{"0":[]}'),
  'a map with null for a path': withMap('{"0":[null]}'),
  'a map with a number for a path': withMap('{"0":[0]}'),
  'a map with a list for a path': withMap('{"0":[["variables","files",0]]}'),
  'a map with an object that has a toString': withMap('{"0":[{"toString":"x","split":"y"}]}'),
  'a map with one place for two files': withMap('{"0":["variables.files.0"],"1":["variables.files.0"]}'),
  'a map with one place twice': withMap('{"0":["variables.files.0","variables.files.0"]}'),
  'a map of which no file comes': [field('operations', OPERATIONS), field('map', MAP)],
  'a file that is not in the map': [
    field('operations', OPERATIONS),
    field('map', MAP),
    { ...FILE, name: 'other' },
  ],
  'a file that comes twice': [field('operations', OPERATIONS), field('map', MAP), FILE, FILE],
  'a field in the place of a file': [field('operations', OPERATIONS), field('map', MAP), field('0', 'text')],
  'an empty path': withPath(''),
  'a path of dots': withPath('...'),
  'a path of a million dots': withPath('.'.repeat(500_000)),
  'a path to the query': withPath('query'),
  'a path to the variables themselves': withPath('variables'),
  'a path with an empty end': withPath('variables.files.'),
  'a path to what is not null': withPath('variables.mallId'),
  'a path into a number': withPath('variables.mallId.x'),
  'a path to nothing': withPath('variables.nothing'),
  'a path beyond the list': withPath('variables.files.1'),
  'a path before the list': withPath('variables.files.-1'),
  'a path with an odd index': withPath('variables.files.00'),
  'a path with an enormous index': withPath('variables.files.4294967296'),
  'a path to the length': withPath('variables.files.length'),
};

const PROTOTYPE_PATHS = [
  'variables.__proto__',
  'variables.__proto__.polluted',
  // The end of every chain of prototypes is null, as a free place is.
  'variables.__proto__.__proto__',
  'variables.files.__proto__.__proto__.__proto__',
  'variables.__proto__.toString',
  'variables.constructor',
  'variables.constructor.prototype',
  'variables.constructor.prototype.polluted',
  'variables.prototype.x',
  'variables.toString',
  'variables.toString.call',
  'variables.hasOwnProperty.call',
  'variables.files.constructor',
  'variables.files.constructor.prototype.map',
  'variables.files.__proto__.0',
  'variables.files.__proto__.push',
  'variables.files.push',
  'variables.files.push.call',
  'variables.files.map.call.call',
  'variables.files.0.__proto__',
  'variables.valueOf.apply',
  '__proto__.polluted',
  'constructor.prototype.polluted',
  'toString.call',
];

describe('multipart requests', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom({ env: { MAX_FILES_PER_REQUEST: '20' } });
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  /** Everything works as before: the built-ins, an upload, and no row or byte is left of what was refused. */
  async function expectUnharmed(rowsBefore: number): Promise<void> {
    expect(await countMaterials(client)).toBe(rowsBefore);
    expect(filesBelow(join(server.dataDir, 'spool'))).toEqual([]);
    const [result] = await uploadParts(client, withMap(MAP));
    expect(result?.__typename).toBe('Material');
    expect(server.process.exitCode).toBeNull();
  }

  test.each(Object.entries(MALFORMED))('with %s are refused at once with 400', async (_, parts) => {
    const rows = await countMaterials(client);
    const started = performance.now();
    const response = await sendForm(client, parts);
    const answer = (await response.json()) as GraphQLAnswer;
    expect(performance.now() - started).toBeLessThan(1000);
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([
      400,
      expect.stringMatching(/^(MULTIPART_INVALID|PARAMS_INVALID|GRAPHQL_(PARSE|VALIDATION)_FAILED)$/),
    ]);
    await expectUnharmed(rows);
  });

  test.each(PROTOTYPE_PATHS)('cannot reach a prototype through the path %s', async (path) => {
    const rows = await countMaterials(client);
    const response = await sendForm(client, withPath(path));
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'MULTIPART_INVALID']);
    await expectUnharmed(rows);
  });

  test('cannot bring own properties with the names of a prototype', async () => {
    const rows = await countMaterials(client);
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const variables = `{"mallId":1,"files":[null],"${key}":{"polluted":null}}`;
      const sent = OPERATIONS.replace(/"variables":.*\}$/, `"variables":${variables}}`);
      const map = JSON.stringify({ 0: [`variables.${key}.polluted`] });
      const response = await sendForm(client, [field('operations', sent), field('map', map), FILE]);
      expect(response.status).toBe(400);
    }
    await expectUnharmed(rows);
  });

  const RAW: Record<string, readonly (string | Uint8Array)[]> = {
    'text without a boundary': ['just text'],
    'nothing but the last boundary': [END],
    'a part without an end': [partHead({ name: 'operations' }), OPERATIONS],
    'a part header without an end': [partHead({ name: 'operations' }).slice(0, -10)],
    'a part without a header': [`--${FORM_TYPE.split('=')[1]}\r\n\r\n${OPERATIONS}\r\n`, END],
    'a part without a name': [partHead({ name: 'x' }).replace('; name="x"', ''), 'y\r\n', END],
    'a header line without a colon': [
      partHead({ name: 'operations' }).replace(': form', ' form'),
      'y\r\n',
      END,
    ],
    'line ends of one character': [
      partHead({ name: 'operations' }).replaceAll('\r\n', '\n'),
      OPERATIONS,
      '\n',
      END,
    ],
    'bytes of every kind': [crypto.getRandomValues(new Uint8Array(50_000))],
  };
  test.each(Object.entries(RAW))('made of %s are refused with 400', async (_, pieces) => {
    const rows = await countMaterials(client);
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': FORM_TYPE, 'apollo-require-preflight': '1' },
      body: concat(pieces),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'MULTIPART_INVALID']);
    await expectUnharmed(rows);
  });

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
    'multipart/form-data; boundary=a; boundary=b',
    'multipart/form-data; boundary="a\u00e9"',
  ])('with the type %s are refused with 400', async (type) => {
    const headers = { 'content-type': type, 'apollo-require-preflight': '1' };
    const response = await client.send('/graphql', { method: 'POST', headers, body: concat([END]) });
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'MULTIPART_INVALID']);
  });

  test.each(['multipart/mixed; boundary=x', 'multipart/related; boundary=x', 'image/png', ''])(
    'of the type "%s" are no GraphQL requests',
    async (type) => {
      const response = await client.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': type, 'apollo-require-preflight': '1' },
        body: concat([END]),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    },
  );

  test('with more files than allowed are refused with 413', async () => {
    const rows = await countMaterials(client);
    const files = Array.from({ length: 21 }, (_, i) => ({ ...FILE, name: String(i) }));
    const response = await sendForm(client, [...uploadFields(21), ...files]);
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([413, 'TOO_MANY_FILES']);
    await expectUnharmed(rows);
  });

  test('with more places for one file than allowed are refused with 413', async () => {
    const count = 10_000;
    const sent = operations({ mallId: 1, files: Array.from({ length: count }, () => null) });
    const paths = Array.from({ length: count }, (_, i) => `variables.files.${i}`);
    const response = await sendForm(client, [
      field('operations', sent),
      field('map', JSON.stringify({ 0: paths })),
      FILE,
    ]);
    expect(response.status).toBe(413);
  });

  test('with far more parts than files are refused', async () => {
    const fields = Array.from({ length: 10_000 }, (_, i) => field(`f${i}`, 'x'));
    const response = await sendForm(client, [...uploadFields(1), ...fields, FILE]);
    expect([400, 413]).toContain(response.status);
  });

  test.each(['operations', 'map'])('with an enormous field %s are refused', async (name) => {
    const rows = await countMaterials(client);
    const parts = withMap(MAP).map((part) =>
      part.name === name ? field(name, `${' '.repeat(20 * 1024 * 1024)}${String(part.value)}`) : part,
    );
    const response = await sendForm(client, parts);
    expect([400, 413]).toContain(response.status);
    await expectUnharmed(rows);
  });

  test('with an enormous part header are refused', async () => {
    const rows = await countMaterials(client);
    const response = await sendForm(client, [
      ...uploadFields(1),
      { name: '0', filename: 'x'.repeat(5 * 1024 * 1024), value: uniquePng() },
    ]);
    expect([400, 413]).toContain(response.status);
    await expectUnharmed(rows);
  });

  test.each(['apollo-require-preflight', 'graphql-require-preflight', 'x-graphql-yoga-csrf'])(
    'are taken with the header %s',
    async (header) => {
      const headers = { 'content-type': FORM_TYPE, [header]: 'true' };
      const body = concat([
        ...uploadFields(1).flatMap((p) => [partHead(p), p.value, '\r\n']),
        partHead(FILE),
        FILE.value,
        '\r\n',
        END,
      ]);
      const response = await client.send('/graphql', { method: 'POST', headers, body });
      expect(response.status).toBe(200);
    },
  );

  test.each([
    ['multipart', FORM_TYPE],
    ['URL-encoded', 'application/x-www-form-urlencoded'],
    ['plain text', 'text/plain'],
  ])('and other forms (%s) without such a header are refused with 403', async (_, type) => {
    const rows = await countMaterials(client);
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': type },
      body: concat([...withMap(MAP).flatMap((part) => [partHead(part), part.value, '\r\n']), END]),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([403, 'CSRF_HEADER_MISSING']);
    await expectUnharmed(rows);
  });

  test.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost.evil.example'])(
    'from a page of the origin %s are refused with 403',
    async (origin) => {
      const rows = await countMaterials(client);
      for (const path of ['/graphql', '/malls/1/upload_batch', '/cms/template', '/login', '/logout']) {
        const response = await sendForm(client, withMap(MAP), { path, headers: { origin } });
        expect([path, response.status]).toEqual([path, 403]);
        expect(await response.text()).toContain(path === '/graphql' ? 'ORIGIN_NOT_ALLOWED' : '"code":40301');
      }
      await expectUnharmed(rows);
    },
  );

  test('from a page of the own origin are taken', async () => {
    const response = await sendForm(client, withMap(MAP), { headers: { origin: server.url } });
    expect(response.status).toBe(200);
  });

  test('with a length of more than is allowed are refused before they are sent', async () => {
    await using small = await startStockroom({
      env: { MAX_REQUEST_BYTES: '1000000', MAX_FILE_BYTES: '1000000' },
    });
    const request = await RawRequest.open(small.url, '/graphql', {
      'Content-Type': FORM_TYPE,
      'Content-Length': '99999999999',
      'Apollo-Require-Preflight': '1',
    });
    expect((await request.answer()).status).toBe(413);
    request.close();
    const chunked = await RawRequest.open(small.url, '/graphql', {
      'Content-Type': FORM_TYPE,
      'Transfer-Encoding': 'chunked',
      'Apollo-Require-Preflight': '1',
    });
    await chunked.chunk(concat(uploadFields(1).flatMap((p) => [partHead(p), p.value, '\r\n'])));
    await chunked.chunk(partHead(FILE));
    for (let sent = 0; sent < 3_000_000; sent += 100_000) await chunked.chunk(new Uint8Array(100_000));
    await chunked.chunk(`\r\n${END}`);
    await chunked.chunk();
    expect([401, 413]).toContain((await chunked.answer()).status);
    chunked.close();
    expect((await fetch(`${small.url}/healthz`)).status).toBe(200);
  });
});
