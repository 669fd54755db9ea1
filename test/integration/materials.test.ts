import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type postgres from 'postgres';
import { Client, fixture, type GraphQLAnswer, uploadForm } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { openSql } from '../support/sql.ts';
import { type SqlProxy, startSqlProxy } from '../support/sql-proxy.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

const PASSWORD = 'a password for tests';
const PAGE = 7;
const ROWS = 40;
/** Others than the order of UTF-16 units or of a language. */
const NAMES = ['a.png', 'B.png', 'ä.png', '中.mp4', '\u{fb00}.png', '\u{1f600}.png', '100%_\\.PNG'];
const KINDS = ['IMAGE', 'VIDEO', 'AUDIO'] as const;

interface Row {
  readonly id: string;
  readonly mallId: number | null;
  readonly kind: (typeof KINDS)[number];
  readonly originFilename: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly createdAt: Date;
  readonly uploadedBy: number | null;
}

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

/** A running server with SQL access to its database. */
class Library implements AsyncDisposable {
  readonly server: StockroomServer;
  readonly admin: Client;
  readonly sql: postgres.Sql;

  private constructor(server: StockroomServer, admin: Client, sql: postgres.Sql) {
    this.server = server;
    this.admin = admin;
    this.sql = sql;
  }

  static async open(env: Record<string, string>): Promise<Library> {
    const server = await startStockroom({ env });
    return new Library(server, await Client.loggedIn(server.url), await openSql(server, env));
  }

  async addMall(id: number): Promise<void> {
    await this.sql`insert into malls (id, name) values (${id}, ${`Mall ${id}`})`;
  }

  /** @returns the user's id. */
  async addUser(username: string, memberships: Record<number, string> = {}): Promise<number> {
    const passwordHash = await Bun.password.hash(PASSWORD, {
      algorithm: 'argon2id',
      memoryCost: 8,
      timeCost: 1,
    });
    const [user] = await this.sql<{ id: number }[]>`
      insert into users (username, password_hash, role) values (${username}, ${passwordHash}, 'MEMBER') returning id`;
    const id = user?.id ?? 0;
    for (const [mallId, role] of Object.entries(memberships)) {
      await this
        .sql`insert into memberships (mall_id, user_id, role) values (${Number(mallId)}, ${id}, ${role})`;
    }
    return id;
  }

  async login(username: string): Promise<Client> {
    return await Client.loggedIn(this.server.url, { username, password: PASSWORD });
  }

  /** Rows only; their bytes are not needed here. */
  async insert(rows: readonly Row[]): Promise<void> {
    for (const row of rows) {
      const blobId = Bun.randomUUIDv7();
      const { kind, size, width, height } = row;
      const sha256 = new Bun.CryptoHasher('sha256').update(row.id).digest('hex');
      await this.sql`
        insert into blobs ${this.sql({
          id: blobId,
          mall_id: row.mallId,
          sha256,
          size,
          mime_type: 'image/png',
          kind,
          width,
          height,
          storage_key: blobId,
        })}`;
      await this.sql`
        insert into materials ${this.sql({
          id: row.id,
          mall_id: row.mallId,
          blob_id: blobId,
          kind,
          size,
          width,
          height,
          origin_filename: row.originFilename,
          base_path: `/mall/2026-01-01/${row.id}.png`,
          folder: row.folder,
          tags: row.tags as string[],
          source: row.mallId === null ? 'TEMPLATE' : 'UPLOAD',
          uploaded_by: row.uploadedBy,
          created_at: row.createdAt.toISOString(),
        })}`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.server[Symbol.asyncDispose]();
  }
}

/** Rows whose sort values are few, so that ids decide the order among many. */
function makeRows(
  count: number,
  { mallIds, uploaders }: { mallIds: readonly (number | null)[]; uploaders: readonly (number | null)[] },
): Row[] {
  const pick = <T>(values: readonly T[], i: number): T => values[i % values.length] as T;
  return Array.from({ length: count }, (_, i) => {
    const kind = pick(KINDS, i);
    return {
      id: crypto.randomUUID(),
      mallId: pick(mallIds, i),
      kind,
      originFilename: pick(NAMES, i),
      folder: pick(['', 'spring', 'spring/posters', 'Spring'], i),
      tags: pick([[], ['red'], ['red', '绿'], ['blue', 'a "quoted", {odd} \\ one']], i >> 1),
      size: pick([100, 200, 200, 6 * 2 ** 40], i),
      width: kind === 'AUDIO' ? null : pick([320, 640, 1920], i),
      height: kind === 'AUDIO' ? null : pick([240, 480, 1080], i),
      createdAt: pick(
        [0, 1, 1, 2].map((day) => new Date(Date.UTC(2026, 0, 1 + day, 0, 0, 0, day * 123))),
        i,
      ),
      uploadedBy: pick(uploaders, i),
    };
  });
}

function cursorOf(order: string, value: unknown): string {
  return Buffer.from(JSON.stringify([order, value, crypto.randomUUID()])).toString('base64url');
}

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
