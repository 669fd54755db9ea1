import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Client, fixture, type GraphQLAnswer, uploadForm } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { Library, makeRows, type Row } from '../support/library.ts';

describeEachDatabase('rights in malls', (freshDatabase) => {
  let library: Library;
  let people: Record<'owner' | 'editor' | 'viewer' | 'stranger', Client>;
  let row: Row;
  beforeAll(async () => {
    library = await Library.open(await freshDatabase());
    await library.addMall(2);
    await library.addMall(3);
    await library.addUser('owner', { 2: 'OWNER' });
    await library.addUser('editor', { 2: 'EDITOR', 3: 'VIEWER' });
    await library.addUser('viewer', { 2: 'VIEWER' });
    await library.addUser('stranger', { 3: 'OWNER' });
    people = {
      owner: await library.login('owner'),
      editor: await library.login('editor'),
      viewer: await library.login('viewer'),
      stranger: await library.login('stranger'),
    };
    const inMall = makeRows(3, { mallIds: [2], uploaders: [1] });
    const [first] = inMall;
    if (!first) throw new Error('no row');
    row = first;
    await library.insert(inMall);
    await library.insert(makeRows(2, { mallIds: [3], uploaders: [1] }));
    await library.insert(makeRows(1, { mallIds: [null], uploaders: [1] }));
  });
  afterAll(async () => await library[Symbol.asyncDispose]());

  test('owners and editors upload', async () => {
    for (const who of ['owner', 'editor'] as const) {
      const [material] = await people[who].upload([await fixture('plain.png')], { mallId: 2, folder: who });
      expect(material).toMatchObject({ __typename: 'Material', folder: who });
    }
  });

  test('viewers see what is there but do not upload', async () => {
    expect(await upload(people.viewer, 2)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    const seen = await people.viewer.data(
      'query ($id: ID!) { mall(id: 2) { id } material(id: $id) { id } }',
      {
        id: row.id,
      },
    );
    expect(seen).toEqual({ mall: { id: 2 }, material: { id: row.id } });
    const form = new FormData();
    form.set('file', await fixture('plain.png'));
    const legacy = await people.viewer.send('/malls/2/upload_batch', { method: 'POST', body: form });
    expect(await legacy.json()).toEqual({ code: 40301, msg: '没有权限' });
  });

  test('a stranger cannot tell the malls of others from malls that do not exist', async () => {
    const { stranger } = people;
    expect(await upload(stranger, 2)).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(withoutIds(await upload(stranger, 2))).toEqual(withoutIds(await upload(stranger, 999)));

    const look = async (mallId: number, id: string) =>
      await stranger.graphql(
        `query ($mallId: Int!, $id: ID!) {
          mall(id: $mallId) { id }
          material(id: $id) { id }
          materials(mallId: $mallId) { totalCount edges { node { id } } }
        }`,
        { mallId, id },
      );
    expect(await look(2, row.id)).toEqual({
      data: { mall: null, material: null, materials: { totalCount: 0, edges: [] } },
    });
    expect(await look(2, row.id)).toEqual(await look(999, crypto.randomUUID()));
  });

  test('members see their malls and what is in them, administrators everything', async () => {
    const query = '{ malls { id } materials(first: 100) { edges { node { mall { id } } } } }';
    const look = async (client: Client) => {
      const { malls, materials } = await client.data<{
        malls: { id: number }[];
        materials: { edges: { node: { mall: { id: number } | null } }[] };
      }>(query);
      const places = materials.edges.map(({ node }) => node.mall?.id ?? null);
      return { malls: malls.map(({ id }) => id), places: [...new Set(places)].sort() };
    };
    expect(await look(people.viewer)).toEqual({ malls: [2], places: [2] });
    expect(await look(people.editor)).toEqual({ malls: [2, 3], places: [2, 3] });
    expect(await look(library.admin)).toEqual({ malls: [1, 2, 3], places: [2, 3, null] });
  });

  test('members do not write site files', async () => {
    const form = new FormData();
    form.set('img', await fixture('plain.png'));
    const answer = await people.owner.send('/cms/template', { method: 'POST', body: form });
    expect(await answer.json()).toEqual({ code: 40301, msg: '没有权限' });
  });

  test('visitors see nothing and upload nothing', async () => {
    const visitor = new Client(library.server.url);
    for (const query of [
      '{ malls { id } }',
      '{ mall(id: 2) { id } }',
      `{ material(id: "${row.id}") { id } }`,
      '{ materials { totalCount } }',
    ]) {
      expect(await visitor.graphql(query)).toMatchObject({
        errors: [{ extensions: { code: 'LOGIN_REQUIRED' } }],
      });
    }
    expect(await upload(visitor, 2)).toMatchObject({ errors: [{ extensions: { code: 'LOGIN_REQUIRED' } }] });
  });
});

async function upload(client: Client, mallId: number): Promise<GraphQLAnswer> {
  const response = await client.send('/graphql', {
    method: 'POST',
    headers: { 'apollo-require-preflight': 'true' },
    body: uploadForm([await fixture('plain.png')], { mallId }),
  });
  return (await response.json()) as GraphQLAnswer;
}

function withoutIds({ errors, data }: GraphQLAnswer): object {
  return {
    data,
    errors: errors?.map(({ extensions: { requestId, ...rest }, ...error }) => ({ ...error, rest })),
  };
}
