import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { describeEachDatabase } from '../support/databases.ts';
import { Library, makeRows, type Row } from '../support/library.ts';

const PAGE = 7;
const ROWS = 40;

interface Page {
  readonly totalCount?: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
}

const PAGE_QUERY = /* GraphQL */ `
  query ($mallId: Int, $orderBy: MaterialOrder!, $filter: MaterialFilter,
         $first: Int, $after: String, $last: Int, $before: String) {
    materials(mallId: $mallId, orderBy: $orderBy, filter: $filter,
              first: $first, after: $after, last: $last, before: $before) {
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { id } }
    }
  }
`;

const ORDERS: Readonly<Record<string, (a: Row, b: Row) => number>> = {
  CREATED_AT: (a, b) => a.createdAt.getTime() - b.createdAt.getTime(),
  NAME: (a, b) => Buffer.compare(Buffer.from(a.originFilename), Buffer.from(b.originFilename)),
  SIZE: (a, b) => a.size - b.size,
};

describeEachDatabase('lists of materials', (freshDatabase) => {
  let library: Library;
  let rows: Row[];
  beforeAll(async () => {
    library = await Library.open(await freshDatabase());
    await library.addMall(2);
    const editor = await library.addUser('editor', { 1: 'EDITOR' });
    rows = makeRows(ROWS, { mallIds: [1], uploaders: [1, editor, null] });
    await library.insert(rows);
    await library.insert(makeRows(3, { mallIds: [2], uploaders: [1] }));
  });
  afterAll(async () => await library[Symbol.asyncDispose]());

  const sorted = (orderBy: string, wanted: readonly Row[] = rows) => {
    const [, name = '', direction] = /^(.*)_(ASC|DESC)$/.exec(orderBy) ?? [];
    const byValue = ORDERS[name] ?? (() => 0);
    const ascending = [...wanted].sort((a, b) => byValue(a, b) || (a.id < b.id ? -1 : 1));
    return (direction === 'ASC' ? ascending : ascending.reverse()).map(({ id }) => id);
  };
  const page = async (variables: object): Promise<Page> =>
    (await library.admin.data<{ materials: Page }>(PAGE_QUERY, { mallId: 1, ...variables })).materials;

  describe.each(Object.keys(ORDERS).flatMap((order) => [`${order}_ASC`, `${order}_DESC`]))(
    'by %s, where most rows share their value with others',
    (orderBy) => {
      test('show every row once on the way forward', async () => {
        const seen: string[] = [];
        for (let after: string | null = null, hasNextPage = true; hasNextPage; ) {
          const { edges, pageInfo }: Page = await page({ orderBy, first: PAGE, after });
          expect(pageInfo.hasPreviousPage).toBe(after !== null);
          expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([
            edges[0]?.cursor ?? null,
            edges.at(-1)?.cursor ?? null,
          ]);
          seen.push(...edges.map(({ node }) => node.id));
          after = pageInfo.endCursor;
          hasNextPage = pageInfo.hasNextPage;
        }
        expect(seen).toEqual(sorted(orderBy));
      });

      test('show every row once on the way back', async () => {
        const seen: string[] = [];
        for (let before: string | null = null, hasPreviousPage = true; hasPreviousPage; ) {
          const { edges, pageInfo }: Page = await page({ orderBy, last: PAGE, before });
          expect(pageInfo.hasNextPage).toBe(before !== null);
          seen.unshift(...edges.map(({ node }) => node.id));
          before = pageInfo.startCursor;
          hasPreviousPage = pageInfo.hasPreviousPage;
        }
        expect(seen).toEqual(sorted(orderBy));
      });

      test('go on behind a cursor whose row has gone, with a filter as well', async () => {
        const filter = { kind: 'IMAGE' };
        const wanted = rows.filter(({ kind }) => kind === 'IMAGE');
        const [gone, ...rest] = sorted(orderBy, wanted);
        const { edges } = await page({ orderBy, filter, first: 1 });
        expect(edges[0]?.node.id).toBe(String(gone));
        await library.sql`update materials set deleted_at = now() where id = ${String(gone)}`;
        const next = await page({ orderBy, filter, first: 100, after: edges[0]?.cursor });
        await library.sql`update materials set deleted_at = null where id = ${String(gone)}`;
        expect(next.edges.map(({ node }) => node.id)).toEqual(rest);
      });
    },
  );

  test('tell the edges of the list exactly', async () => {
    const orderBy = 'CREATED_AT_ASC';
    expect((await page({ orderBy, first: ROWS })).pageInfo.hasNextPage).toBeFalse();
    expect((await page({ orderBy, first: ROWS - 1 })).pageInfo.hasNextPage).toBeTrue();
    expect((await page({ orderBy, last: ROWS })).pageInfo.hasPreviousPage).toBeFalse();
    expect((await page({ orderBy, last: ROWS - 1 })).pageInfo.hasPreviousPage).toBeTrue();
    expect(await page({ orderBy, first: 0 })).toEqual({
      edges: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
    const { edges } = await page({ orderBy });
    expect(edges).toHaveLength(20);
  });

  test.each([
    ['a page of more than 100', { first: 101 }],
    ['a page of less than nothing', { first: -1 }],
    ['both directions at once', { first: 1, last: 1 }],
    ['a page forward that ends at a cursor', { first: 1, before: 'x' }],
    ['a cursor that is none', { first: 1, after: 'x' }],
    ['a cursor as JSON of another kind', { after: Buffer.from('{"a":1}').toString('base64url') }],
    ['a cursor with NUL', { after: cursorOf('NAME', '\0') }],
    ['a cursor of an absurd time', { after: cursorOf('CREATED_AT', 1e300) }],
    ['a cursor of another order', { after: cursorOf('SIZE', 1) }],
  ])('refuse %s', async (_what, variables) => {
    const answer = await library.admin.graphql(PAGE_QUERY, { orderBy: 'CREATED_AT_ASC', ...variables });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['PARAMS_INVALID']);
  });

  const day = (offset: number) => new Date(Date.UTC(2026, 0, 1 + offset));
  const filters: readonly (readonly [object, (row: Row) => boolean])[] = [
    [{}, () => true],
    [{ kind: null, size: null, name: null, width: { min: null } }, () => true],
    [{ kind: 'VIDEO' }, ({ kind }) => kind === 'VIDEO'],
    [{ folder: 'spring' }, ({ folder }) => folder === 'spring'],
    [{ folder: '' }, ({ folder }) => folder === ''],
    [{ tag: 'red' }, ({ tags }) => tags.includes('red')],
    [{ name: 'b.PNG' }, ({ originFilename }) => originFilename === 'B.png'],
    [{ name: '.png' }, ({ originFilename }) => /\.png$/i.test(originFilename)],
    [{ name: '%' }, ({ originFilename }) => originFilename.includes('%')],
    [{ name: '_' }, ({ originFilename }) => originFilename.includes('_')],
    [{ name: '\\' }, ({ originFilename }) => originFilename.includes('\\')],
    [{ name: '中' }, ({ originFilename }) => originFilename.includes('中')],
    [{ size: { min: 200 } }, ({ size }) => size >= 200],
    [{ size: { max: 2 ** 40 } }, ({ size }) => size <= 2 ** 40],
    [{ size: { min: 200, max: 200 } }, ({ size }) => size === 200],
    [{ width: { min: 640 } }, ({ width }) => width !== null && width >= 640],
    [{ height: { max: 480 } }, ({ height }) => height !== null && height <= 480],
    [{ width: { min: -(2 ** 31), max: 2 ** 31 - 1 } }, ({ width }) => width !== null],
    [{ createdAt: { min: day(1).toISOString() } }, ({ createdAt }) => createdAt >= day(1)],
    [{ createdAt: { max: '2026-01-02T08:00:00+08:00' } }, ({ createdAt }) => createdAt <= day(1)],
    [{ uploadedBy: 1 }, ({ uploadedBy }) => uploadedBy === 1],
    [
      { kind: 'IMAGE', tag: 'red', size: { max: 200 }, uploadedBy: 1 },
      (row) => row.kind === 'IMAGE' && row.tags.includes('red') && row.size <= 200 && row.uploadedBy === 1,
    ],
    [{ name: 'no such name' }, () => false],
  ];
  test.each(filters.map(([filter, isWanted]) => [JSON.stringify(filter), filter, isWanted] as const))(
    'are narrowed and counted by %s',
    async (_text, filter, isWanted) => {
      const wanted = rows.filter(isWanted);
      const orderBy = 'NAME_ASC';
      const { edges } = await page({ orderBy, filter, first: 100 });
      expect(edges.map(({ node }) => node.id)).toEqual(sorted(orderBy, wanted));
      const { materials } = await library.admin.data<{ materials: { totalCount: number } }>(
        'query ($filter: MaterialFilter) { materials(mallId: 1, filter: $filter, first: 1) { totalCount } }',
        { filter },
      );
      expect(materials.totalCount).toBe(wanted.length);
    },
  );

  test('show each value as it is stored', async () => {
    const [row] = rows.filter(({ kind, uploadedBy }) => kind === 'IMAGE' && uploadedBy !== null);
    const fields = `id kind originFilename folder tags size width height createdAt updatedAt durationMs codec frames
      mimeType sha256 placeholder damaged visibility source mall { id } uploadedBy { id }`;
    const query = `query ($id: ID!, $name: String, $size: ByteCount) {
      material(id: $id) { ${fields} }
      materials(first: 100, filter: { name: $name, size: { min: $size, max: $size } }) { edges { node { ${fields} } } }
    }`;
    type Shown = Record<string, unknown>;
    const { material, materials } = await library.admin.data<{
      material: Shown;
      materials: { edges: { node: Shown }[] };
    }>(query, { id: row?.id, name: row?.originFilename, size: row?.size });
    expect(material).toMatchObject({
      kind: 'IMAGE',
      originFilename: row?.originFilename,
      folder: row?.folder,
      tags: row?.tags,
      size: row?.size,
      width: row?.width,
      height: row?.height,
      createdAt: row?.createdAt.toISOString(),
      mall: { id: row?.mallId },
      uploadedBy: { id: row?.uploadedBy },
    });
    const inList = materials.edges.map(({ node }) => node).find(({ id }) => id === row?.id);
    expect(inList).toEqual(material);
  });
});

function cursorOf(order: string, value: unknown): string {
  return Buffer.from(JSON.stringify([order, value, crypto.randomUUID()])).toString('base64url');
}
