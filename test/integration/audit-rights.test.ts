import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type postgres from 'postgres';
import type { AuditRow } from '../support/audit.ts';
import { auditRows } from '../support/audit.ts';
import { Client } from '../support/client.ts';
import { each } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { newMall, newUser, outcomeOf, setMember, type TestUser } from '../support/users.ts';

interface Connection {
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly edges: readonly { readonly node: AuditNode }[];
}

interface AuditNode {
  readonly id: string;
  readonly action: string;
  readonly mallId: number | null;
  readonly subjectId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly tokenId: string | null;
  readonly actor: { readonly id: number; readonly username: string } | null;
}

const EVENTS = `totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { node { id action mallId subjectId address requestId tokenId actor { id username } } }`;
const LIST = `query ($mallId: Int, $subjectId: String, $action: String, $actorId: Int, $from: DateTime, $to: DateTime,
    $first: Int, $after: String, $last: Int, $before: String) {
  auditEvents(mallId: $mallId, subjectId: $subjectId, action: $action, actorId: $actorId, from: $from, to: $to,
    first: $first, after: $after, last: $last, before: $before) { ${EVENTS} }
}`;
const HISTORY = `query ($id: ID!, $first: Int, $after: String) {
  material(id: $id) { history(first: $first, after: $after) { ${EVENTS} } }
}`;

const MALLS = ['one', 'other'] as const;

let server: StockroomServer;
let admin: Client;
let sql: postgres.Sql;
let mallIds: Record<(typeof MALLS)[number], number>;
let owner: TestUser;
let viewer: TestUser;
/** In the mall `one`, of which both are members. */
let materialId: string;
/** In the other one. */
let foreignId: string;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
  sql = await openSql(server, {});
  mallIds = { one: await newMall(admin), other: await newMall(admin) };
  owner = await newUser(admin, { malls: { [mallIds.one]: 'OWNER' } });
  viewer = await newUser(admin, { malls: { [mallIds.one]: 'VIEWER', [mallIds.other]: 'VIEWER' } });
  await setMember(admin, mallIds.other, owner.id, 'EDITOR');
  owner = { ...owner, client: await Client.loggedIn(server.url, owner) };
  viewer = { ...viewer, client: await Client.loggedIn(server.url, viewer) };
  [materialId, foreignId] = await Promise.all(
    MALLS.map(async (name) => {
      const [material] = await admin.upload([new File([uniquePng()], 'a.png')], { mallId: mallIds[name] });
      return String(material?.id);
    }),
  ).then(([one = '', other = '']) => [one, other]);
  await each(admin, 'deleteMaterials', [materialId, foreignId]);
  await each(admin, 'restoreMaterials', [materialId, foreignId]);
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server[Symbol.asyncDispose]();
});

const list = async (client: Client, variables: object = {}): Promise<Connection> =>
  (await client.data<{ auditEvents: Connection }>(LIST, variables)).auditEvents;
const nodes = ({ edges }: Connection) => edges.map(({ node }) => node);
const rowsOf = async (keep: (row: AuditRow) => boolean) => (await auditRows(sql)).filter(keep).reverse();
const withToken = async (client: Client, scopes: string, mallId: number | null = null) => {
  const { createApiToken } = await client.data<{ createApiToken: { token: string } }>(
    `mutation ($mallId: Int) { createApiToken(name: "a", scopes: [${scopes}], mallId: $mallId) { token } }`,
    { mallId },
  );
  const authorization = `Bearer ${createApiToken.token}`;
  return async (query: string, variables: object = {}) =>
    await new Client(server.url).graphql(query, variables, { authorization });
};

describe('the audit trail', () => {
  test('is seen by administrators whole, and by owners for their malls', async () => {
    const all = await rowsOf(() => true);
    expect((await list(admin)).totalCount).toBe(all.length);
    expect(all.some(({ mall }) => mall === null)).toBe(true);
    const own = await rowsOf(({ mall }) => mall === mallIds.one);
    expect(own.length).toBeGreaterThan(4);
    for (const variables of [{}, { mallId: mallIds.one }]) {
      const page = await list(owner.client, { ...variables, first: 100 });
      expect(nodes(page).map(({ id }) => id)).toEqual(own.map(({ id }) => id));
      expect(page.totalCount).toBe(own.length);
      for (const { address, requestId } of nodes(page)) {
        expect([address, requestId]).toEqual(['127.0.0.1', expect.any(String)]);
      }
    }
  });

  test('shows nothing to others, whatever they ask by', async () => {
    expect(await outcomeOf(viewer.client, LIST, { mallId: mallIds.one })).toBe('FORBIDDEN');
    expect(await outcomeOf(owner.client, LIST, { mallId: mallIds.other })).toBe('FORBIDDEN');
    expect(await outcomeOf(owner.client, LIST, { mallId: 1 })).toBe('NOT_FOUND');
    expect(await outcomeOf(new Client(server.url), LIST)).toBe('LOGIN_REQUIRED');
    for (const variables of [{}, { subjectId: materialId }, { subjectId: String(viewer.id) }]) {
      expect(await list(viewer.client, variables)).toMatchObject({ totalCount: 0, edges: [] });
    }
    for (const variables of [
      { subjectId: foreignId },
      { action: 'user.logged-in' },
      { actorId: viewer.id },
      { mallId: mallIds.one, subjectId: foreignId },
    ]) {
      expect(await list(owner.client, variables)).toMatchObject({ totalCount: 0, edges: [] });
    }
  });

  test('is narrowed for tokens: to those with MANAGE, and to their mall', async () => {
    const reader = await withToken(owner.client, 'READ, WRITE');
    expect((await reader(LIST)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const manager = await withToken(admin, 'MANAGE', mallIds.one);
    const own = await rowsOf(({ mall }) => mall === mallIds.one);
    expect((await manager(LIST)).data?.auditEvents).toMatchObject({ totalCount: own.length });
    const foreign = await manager(LIST, { mallId: mallIds.other });
    expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('is filtered by thing, action, actor and time', async () => {
    const { totalCount } = await list(admin);
    expect(nodes(await list(admin, { subjectId: materialId })).map(({ action }) => action)).toEqual([
      'material.restored',
      'material.deleted',
      'material.created',
    ]);
    const created = await rowsOf(({ action }) => action === 'material.created');
    const byAction = await list(admin, { action: 'material.created' });
    expect(nodes(byAction).map(({ id }) => id)).toEqual(created.map(({ id }) => id));
    const byActor = await list(admin, { actorId: viewer.id, first: 100 });
    expect(byActor.totalCount).toBe((await rowsOf(({ actor }) => actor === viewer.id)).length);
    expect(new Set(nodes(byActor).map(({ actor }) => actor?.username))).toEqual(new Set([viewer.username]));
    const [first] = await sql<
      { at: Date }[]
    >`select max(at) as at from audit_events where subject_id = ${materialId}`;
    const at = first?.at.getTime() ?? 0;
    const from = new Date(at).toISOString();
    const later = await list(admin, { from });
    const earlier = await list(admin, { to: new Date(at - 1).toISOString() });
    expect(later.totalCount + earlier.totalCount).toBe(totalCount);
    expect(nodes(await list(admin, { from, to: from, subjectId: materialId }))).toHaveLength(1);
  });

  test('names people as they are called now', async () => {
    const { id, client } = await newUser(admin, { malls: { [mallIds.one]: 'EDITOR' } });
    await client.upload([new File([uniquePng()], 'by.png')], { mallId: mallIds.one });
    await admin.data('mutation ($id: Int!) { updateUser(id: $id, username: "renamed") { id } }', { id });
    const [latest] = nodes(await list(owner.client, { actorId: id, action: 'material.created' }));
    expect(latest?.actor).toEqual({ id, username: 'renamed' });
  });

  test('is read in pages, forth and back, that neither overlap nor leave anything out', async () => {
    // Events of one upload have one time.
    const files = Array.from({ length: 7 }, (_, i) => new File([uniquePng()], `${i}.png`));
    await admin.upload(files, { mallId: mallIds.other });
    const mallId = mallIds.other;
    const all = nodes(await list(admin, { mallId, first: 100 })).map(({ id }) => id);
    const read = async (direction: 'forth' | 'back') => {
      const found: string[] = [];
      for (let cursor: string | null = null, more = true; more; ) {
        const window: object =
          direction === 'forth' ? { first: 3, after: cursor } : { last: 3, before: cursor };
        const page: Connection = await list(admin, { mallId, ...window });
        const ids = nodes(page).map(({ id }) => id);
        if (direction === 'forth') found.push(...ids);
        else found.unshift(...ids);
        const { endCursor, startCursor, hasNextPage, hasPreviousPage } = page.pageInfo;
        cursor = direction === 'forth' ? endCursor : startCursor;
        more = direction === 'forth' ? hasNextPage : hasPreviousPage;
      }
      return found;
    };
    expect(await read('forth')).toEqual(all);
    expect(await read('back')).toEqual(all);
    for (const after of ['', 'x', Buffer.from('event:1:x').toString('base64url')]) {
      expect(await outcomeOf(admin, LIST, { first: 1, after })).toBe('PARAMS_INVALID');
    }
    const far = Buffer.from(`event:999999999999999:${materialId}`).toString('base64url');
    expect(await outcomeOf(admin, LIST, { first: 1, after: far })).toBe('PARAMS_INVALID');
    for (const from of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-10:00']) {
      expect(await outcomeOf(admin, LIST, { from })).not.toBe('INTERNAL_ERROR');
    }
    expect(await outcomeOf(admin, LIST, { first: 101 })).toBe('PARAMS_INVALID');
  });
});

describe('the history of a material', () => {
  const historyOf = async (client: Client, variables: object) =>
    (await client.data<{ material: { history: Connection } | null }>(HISTORY, variables)).material?.history;
  const actions = ['material.restored', 'material.deleted', 'material.created'];

  test('is seen by every member, but from where only by owners and administrators', async () => {
    for (const [client, sees] of [
      [viewer.client, false],
      [owner.client, true],
      [admin, true],
    ] as const) {
      const history = await historyOf(client, { id: materialId });
      expect(history?.edges.map(({ node }) => node.action)).toEqual(actions);
      for (const { node } of history?.edges ?? []) {
        expect([node.address !== null, node.requestId !== null]).toEqual([sees, sees]);
        expect(node.actor?.username).toBe('admin');
      }
    }
    // An editor there, though an owner elsewhere.
    const foreign = await historyOf(owner.client, { id: foreignId });
    expect(foreign?.edges.map(({ node }) => node.address)).toEqual([null, null, null]);
  });

  test('tells a token without MANAGE nothing of addresses', async () => {
    const reader = await withToken(owner.client, 'READ');
    const { data } = await reader(HISTORY, { id: materialId });
    const { history } = (data as { material: { history: Connection } }).material;
    expect(history.edges.map(({ node }) => [node.action, node.address, node.tokenId])).toEqual(
      actions.map((action) => [action, null, null]),
    );
  });

  test('has no event of another mall or thing, even one with its id', async () => {
    await sql`
      insert into audit_events (id, action, mall_id, subject_id)
      select gen_random_uuid(), 'material.updated', mall_id, ${materialId}
      from (values (${mallIds.other}::int), (null)) as malls (mall_id)`;
    for (const { client } of [viewer, owner]) {
      expect((await historyOf(client, { id: materialId }))?.totalCount).toBe(3);
    }
    const stranger = await newUser(admin, { malls: { [mallIds.other]: 'OWNER' } });
    expect(await historyOf(stranger.client, { id: materialId })).toBeUndefined();
  });

  test('comes in pages', async () => {
    const first = await historyOf(viewer.client, { id: materialId, first: 2 });
    const after = first?.pageInfo.endCursor;
    const second = await historyOf(viewer.client, { id: materialId, first: 2, after });
    expect([...(first?.edges ?? []), ...(second?.edges ?? [])].map(({ node }) => node.action)).toEqual(
      actions,
    );
    expect([first?.pageInfo.hasNextPage, second?.pageInfo.hasNextPage]).toEqual([true, false]);
  });
});
