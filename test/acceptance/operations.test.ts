import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { buildSchema, parse, visit } from 'graphql';
import { Client, fixture, type GraphQLAnswer } from '../support/client.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';

const folder = join(projectRoot, 'schema/operations');
const files = (await Array.fromAsync(new Bun.Glob('*').scan(folder))).sort();

interface Example {
  readonly variables?: object | ((materialId: string) => object);
  /** Sent along, for the variable `files`. */
  readonly uploads?: readonly string[];
  /** A part of what comes. */
  readonly answer: object;
  /** Ends the session that the other examples use. */
  readonly endsSession?: true;
}

const examples: Readonly<Record<string, Example>> = {
  'change-password.graphql': {
    variables: { currentPassword: ADMIN.password, newPassword: ADMIN.password },
    answer: { changePassword: { username: ADMIN.username, mustChangePassword: false } },
    endsSession: true,
  },
  'login.graphql': {
    variables: { ...ADMIN },
    answer: { login: { user: { username: ADMIN.username, role: 'ADMIN' } } },
    endsSession: true,
  },
  'logout.graphql': { answer: { logout: true }, endsSession: true },
  'mall.graphql': { variables: { id: 1 }, answer: { mall: { id: 1 } } },
  'malls.graphql': { answer: { malls: [{ id: 1 }] } },
  'material.graphql': {
    variables: (id) => ({ id }),
    answer: {
      material: {
        originFilename: 'photo.jpg',
        mall: { id: 1 },
        width: 1200,
        height: 900,
        thumbnail: expect.stringMatching(/\?v=[\da-f]+&w=400&h=300&format=auto&q=80$/),
        posterUrl: null,
      },
    },
  },
  'materials-filtered.graphql': {
    variables: {
      mallId: 1,
      filter: {
        kind: 'IMAGE',
        name: 'photo',
        folder: 'spring/posters',
        size: { max: 5_000_000 },
        width: { min: 1000 },
        createdAt: { min: '2026-11-01T00:00:00Z', max: '2126-11-30T23:59:59.999Z' },
      },
      orderBy: 'NAME_ASC',
    },
    answer: { materials: { edges: [{ node: { originFilename: 'photo.jpg', folder: 'spring/posters' } }] } },
  },
  'materials.graphql': {
    variables: { mallId: 1, first: 20, after: null },
    answer: { materials: { pageInfo: { hasNextPage: false } } },
  },
  'me.graphql': { answer: { me: { username: ADMIN.username } } },
  'upload-materials.graphql': {
    variables: { mallId: 1, files: [null, null], folder: 'winter' },
    uploads: ['plain.png', 'picture.svg'],
    answer: {
      uploadMaterials: [
        { __typename: 'Material', originFilename: 'plain.png' },
        { __typename: 'UploadRejection', code: 'FILE_TYPE_NOT_ALLOWED' },
      ],
    },
  },
};

describe('the example operations', () => {
  let server: StockroomServer;
  let client: Client;
  let materialId: string;
  beforeAll(async () => {
    server = await startStockroom();
    client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('photo.jpg')], { folder: 'spring/posters' });
    materialId = String(material?.id);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('each have an example here', () => {
    expect(files).toEqual(Object.keys(examples).sort());
  });

  test('cover every query and mutation of the schema', async () => {
    const shown = new Set<string>();
    for (const file of files) {
      const [operation] = parse(await Bun.file(join(folder, file)).text()).definitions;
      visit(operation ?? parse('{ none }'), {
        Field(node) {
          shown.add(node.name.value);
          return false;
        },
      });
    }
    const schema = buildSchema(await Bun.file(join(projectRoot, 'schema/schema.graphql')).text());
    const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    expect(fields.filter((field) => !shown.has(field))).toEqual([]);
  });

  for (const file of files) {
    test(`${file} runs as it stands`, async () => {
      const example = examples[file];
      if (!example) throw new Error(`${file} has no entry in this test`);
      const { variables = {}, uploads, answer, endsSession } = example;
      const caller = endsSession ? await Client.loggedIn(server.url) : client;
      const query = await Bun.file(join(folder, file)).text();
      const values = typeof variables === 'function' ? variables(materialId) : variables;
      const result = uploads
        ? await sendFiles(caller, query, values, uploads)
        : await caller.graphql(query, values);
      expect(result.errors).toBeUndefined();
      expect(result.data).toMatchObject(answer);
      // A password change ends every session.
      if (endsSession) client = await Client.loggedIn(server.url);
    });
  }
});

async function sendFiles(
  client: Client,
  query: string,
  variables: object,
  names: readonly string[],
): Promise<GraphQLAnswer> {
  const body = new FormData();
  body.set('operations', JSON.stringify({ query, variables }));
  body.set('map', JSON.stringify(Object.fromEntries(names.map((_, i) => [i, [`variables.files.${i}`]]))));
  for (const [i, name] of names.entries()) body.set(String(i), await fixture(name));
  const headers = { 'apollo-require-preflight': 'true' };
  const response = await client.send('/graphql', { method: 'POST', headers, body });
  return (await response.json()) as GraphQLAnswer;
}
