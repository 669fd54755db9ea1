import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Client } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { Library, makeRows, type Row } from '../support/library.ts';

interface Folder {
  readonly name: string;
  readonly materials: number;
}

const QUERY = /* GraphQL */ `
  query ($mallId: Int!, $prefix: String, $first: Int) {
    folders(mallId: $mallId, prefix: $prefix, first: $first) { name materials }
  }
`;
/** As code points sort, unlike UTF-16 units and languages; with what patterns give a meaning. */
const SORTED = ['100%_\\', 'B', 'a', 'a/b', 'a/c', 'ab', 'ä', '中', '\u{fb00}', '\u{1f600}'];
const MANY = 130;

describeEachDatabase('the folders of a mall', (freshDatabase) => {
  let library: Library;
  let admin: Client;
  beforeAll(async () => {
    library = await Library.open(await freshDatabase());
    admin = library.admin;
    for (const mallId of [2, 3]) await library.addMall(mallId);
    await library.insert([
      ...inFolders(1, ['', ...SORTED.toReversed(), 'a', 'a', 'gone', 'half', 'half']),
      ...inFolders(2, ['a', 'of another mall']),
      ...inFolders(
        3,
        Array.from({ length: MANY }, (_, i) => `folder ${String(i).padStart(3, '0')}`),
      ),
    ]);
    await library.sql`update materials set deleted_at = now() where folder = 'gone'`;
    await library.sql`update materials set deleted_at = now()
      where id = (select id from materials where folder = 'half' limit 1)`;
  });
  afterAll(async () => await library[Symbol.asyncDispose]());

  const folders = async (variables: object, client = admin): Promise<readonly Folder[]> =>
    (await client.data<{ folders: Folder[] }>(QUERY, { mallId: 1, ...variables })).folders;
  const names = async (variables: object) => (await folders(variables)).map(({ name }) => name);

  test('are those that its materials lie in, sorted by code point, with how many do', async () => {
    const counts = new Map([['a', 3]]);
    const wanted = [...SORTED.slice(0, 6), 'half', ...SORTED.slice(6)];
    expect(await folders({})).toEqual(wanted.map((name) => ({ name, materials: counts.get(name) ?? 1 })));
  });

  test('begin with a prefix, whatever it means elsewhere', async () => {
    expect(await names({ prefix: 'a' })).toEqual(['a', 'a/b', 'a/c', 'ab']);
    expect(await names({ prefix: 'a/' })).toEqual(['a/b', 'a/c']);
    expect(await names({ prefix: 'A' })).toEqual([]);
    expect(await names({ prefix: '100%_\\' })).toEqual(['100%_\\']);
    expect(await names({ prefix: '%' })).toEqual([]);
    expect(await names({ prefix: '\u{1f600}' })).toEqual(['\u{1f600}']);
    expect(await names({ prefix: "'; drop table materials; --" })).toEqual([]);
  });

  test('come no more than 100 at once', async () => {
    expect(await names({ mallId: 3 })).toHaveLength(100);
    expect(await names({ mallId: 3, first: 3 })).toEqual(['folder 000', 'folder 001', 'folder 002']);
    expect(await names({ mallId: 3, first: 0 })).toEqual([]);
    expect(await names({ mallId: 3, prefix: 'folder 12' })).toHaveLength(10);
    for (const first of [101, -1]) {
      const { errors } = await admin.graphql(QUERY, { mallId: 3, first });
      expect([first, errors?.[0]?.extensions.code]).toEqual([first, 'PARAMS_INVALID']);
    }
  });

  test('are for its members alone', async () => {
    await library.addUser('viewer', { 2: 'VIEWER' });
    const viewer = await library.login('viewer');
    expect((await folders({ mallId: 2 }, viewer)).map(({ name }) => name)).toEqual(['a', 'of another mall']);
    for (const mallId of [1, 9]) {
      const { errors } = await viewer.graphql(QUERY, { mallId });
      expect([mallId, errors?.[0]?.extensions.code]).toEqual([mallId, 'NOT_FOUND']);
    }
  });
});

function inFolders(mallId: number, folders: readonly string[]): Row[] {
  const rows = makeRows(folders.length, { mallIds: [mallId], uploaders: [1] });
  return rows.map((row, i) => ({ ...row, folder: folders[i] ?? '' }));
}
