import { afterAll, beforeAll, expect, test } from 'bun:test';
import type postgres from 'postgres';
import { Client } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { uniquePng } from '../support/pictures.ts';
import { openSql, usedBytes } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { isLoggedIn, newMall, newUser, outcomeOf, setMember, type TestUser } from '../support/users.ts';

const NO_SUCH_ID = 2_000_000_000;

const RENAME = 'mutation ($id: Int!) { updateMall(id: $id, name: "renamed") { id } }';
const SET_QUOTA = 'mutation ($id: Int!) { updateMall(id: $id, quotaBytes: 1000000) { id } }';
const SET_MEMBER =
  'mutation ($id: Int!, $user: Int!) { setMallMember(mallId: $id, userId: $user, role: VIEWER) { role } }';
const REMOVE_MEMBER = 'mutation ($id: Int!, $user: Int!) { removeMallMember(mallId: $id, userId: $user) }';
const DELETE = 'mutation ($id: Int!) { deleteMall(id: $id) }';
const CREATE = 'mutation { createMall(name: "one more") { id } }';
const MEMBERS = 'query ($id: Int!) { mall(id: $id) { myRole members { role user { id } } } }';

describeEachDatabase('malls and their members', (fresh) => {
  let server: StockroomServer;
  let admin: Client;
  let sql: postgres.Sql;
  let mallId: number;
  let somebody: TestUser;
  const members: Record<string, TestUser> = {};
  const clientOf = (who: string) => (who === 'ADMIN' ? admin : (members[who]?.client ?? admin));
  beforeAll(async () => {
    const env = await fresh();
    server = await startStockroom({ env });
    admin = await Client.loggedIn(server.url);
    sql = await openSql(server, env);
    mallId = await newMall(admin);
    for (const role of ['OWNER', 'EDITOR', 'VIEWER'] as const) {
      members[role] = await newUser(admin, { malls: { [mallId]: role } });
    }
    members.outsider = await newUser(admin);
    somebody = await newUser(admin);
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
  });

  test.each([
    ['rename', RENAME, ['OK', 'OK', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND']],
    ['set the quota', SET_QUOTA, ['OK', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND']],
    ['add a member', SET_MEMBER, ['OK', 'OK', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND']],
    ['remove a member', REMOVE_MEMBER, ['OK', 'OK', 'FORBIDDEN', 'FORBIDDEN', 'NOT_FOUND']],
    ['make a mall', CREATE, ['OK', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']],
    ['delete', DELETE, ['MALL_NOT_EMPTY', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']],
  ])('let those %s who may', async (_, query, expected) => {
    await admin.upload([new File([uniquePng()], 'a.png')], { mallId });
    const outcomes = [];
    for (const who of ['ADMIN', 'OWNER', 'EDITOR', 'VIEWER', 'outsider']) {
      // Each that may remove somebody finds somebody.
      if (query === REMOVE_MEMBER) await setMember(admin, mallId, somebody.id, 'VIEWER');
      outcomes.push(await outcomeOf(clientOf(who), query, { id: mallId, user: somebody.id }));
    }
    expect(outcomes).toEqual(expected);
  });

  test('show members to owners and administrators only, wherever they are asked for', async () => {
    const all = expect.arrayContaining([{ role: 'OWNER', user: { id: members.OWNER?.id } }]);
    const seen = [];
    for (const who of ['ADMIN', 'OWNER', 'EDITOR', 'VIEWER', 'outsider']) {
      seen.push((await clientOf(who).data(MEMBERS, { id: mallId })).mall);
    }
    expect(seen).toEqual([
      { myRole: 'ADMIN', members: all },
      { myRole: 'OWNER', members: all },
      { myRole: 'EDITOR', members: null },
      { myRole: 'VIEWER', members: null },
      null,
    ]);
    await admin.upload([new File([uniquePng()], 'a.png')], { mallId });
    const nested = `{
      malls { members { role } }
      me { memberships { role mall { id members { role } } } }
      materials(first: 1) { edges { node { mall { id myRole members { role } } } } }
    }`;
    expect(await clientOf('VIEWER').data(nested)).toEqual({
      malls: [{ members: null }],
      me: { memberships: [{ role: 'VIEWER', mall: { id: mallId, members: null } }] },
      materials: { edges: [{ node: { mall: { id: mallId, myRole: 'VIEWER', members: null } } }] },
    });
  });

  test('tell an owner no more of other accounts than name and role', async () => {
    const { mall } = await clientOf('OWNER').data<{ mall: { members: { user: object }[] } }>(
      `query ($id: Int!) { mall(id: $id) { members { user {
        id username role disabled mustChangePassword memberships { role }
      } } } }`,
      { id: mallId },
    );
    const hidden = { disabled: null, mustChangePassword: null, memberships: null };
    const others = mall.members.filter(({ user }) => 'id' in user && user.id !== members.OWNER?.id);
    expect(others.length).toBeGreaterThan(1);
    for (const { user } of others) expect(user).toMatchObject(hidden);
    const own = mall.members.find(({ user }) => 'id' in user && user.id === members.OWNER?.id);
    expect(own?.user).toMatchObject({ disabled: false, memberships: [{ role: 'OWNER' }] });
  });

  test('of others answer like malls and users that do not exist', async () => {
    const owner = clientOf('OWNER');
    for (const query of [RENAME, SET_MEMBER, REMOVE_MEMBER, DELETE, MEMBERS, SET_QUOTA]) {
      const answers = [];
      for (const id of [1, NO_SUCH_ID, 0, -1]) {
        const answer = await owner.graphql(query, { id, user: somebody.id });
        answers.push(JSON.stringify(answer).replace(/"requestId":"[^"]*"/, ''));
      }
      expect(new Set(answers).size).toBe(1);
    }
    for (const user of [NO_SUCH_ID, 0, -1]) {
      expect(await outcomeOf(owner, SET_MEMBER, { id: mallId, user })).toBe('NOT_FOUND');
      expect(await outcomeOf(owner, REMOVE_MEMBER, { id: mallId, user })).toBe('NOT_FOUND');
    }
    expect(await outcomeOf(owner, REMOVE_MEMBER, { id: mallId, user: members.outsider?.id })).toBe(
      'NOT_FOUND',
    );
  });

  test('end the sessions of a member whose role changes or who is removed, not of one who is added', async () => {
    const own = await newMall(admin);
    const { id, client, username, password } = await newUser(admin);
    const again = () => Client.loggedIn(server.url, { username, password });
    const second = await again();
    await setMember(admin, own, id, 'EDITOR');
    await setMember(admin, own, id, 'EDITOR');
    expect([await isLoggedIn(client), await isLoggedIn(second)]).toEqual([true, true]);
    await setMember(admin, own, id, 'VIEWER');
    expect([await isLoggedIn(client), await isLoggedIn(second)]).toEqual([false, false]);
    const third = await again();
    expect(await outcomeOf(third, MEMBERS, { id: own })).toBe('OK');
    expect((await third.data(MEMBERS, { id: own })).mall).toMatchObject({ myRole: 'VIEWER' });
    await admin.data(REMOVE_MEMBER, { id: own, user: id });
    expect(await isLoggedIn(third)).toBe(false);
    expect((await (await again()).data(MEMBERS, { id: own })).mall).toBeNull();
  });

  test('may lose their last owner', async () => {
    const own = await newMall(admin);
    const owner = await newUser(admin, { malls: { [own]: 'OWNER' } });
    await owner.client.data(REMOVE_MEMBER, { id: own, user: owner.id });
    expect(await isLoggedIn(owner.client)).toBe(false);
    expect((await admin.data(MEMBERS, { id: own })).mall).toEqual({ myRole: 'ADMIN', members: [] });
  });

  test('take a member by user name in any case, and need to be told which', async () => {
    const own = await newMall(admin);
    const query = `mutation ($id: Int!, $user: Int, $name: String) {
      setMallMember(mallId: $id, userId: $user, username: $name, role: EDITOR) { role user { username } }
    }`;
    const name = somebody.username.toUpperCase();
    expect(await admin.data(query, { id: own, name })).toEqual({
      setMallMember: { role: 'EDITOR', user: { username: somebody.username } },
    });
    expect(await outcomeOf(admin, query, { id: own })).toBe('PARAMS_INVALID');
    expect(await outcomeOf(admin, query, { id: own, name, user: somebody.id })).toBe('PARAMS_INVALID');
    expect(await outcomeOf(admin, query, { id: own, name: 'nobody is called so' })).toBe('NOT_FOUND');
  });

  test('are deleted when they are empty, of the trash too', async () => {
    const own = await newMall(admin);
    const member = await newUser(admin, { malls: { [own]: 'EDITOR' } });
    await member.client.upload([new File([uniquePng()], 'a.png')], { mallId: own });
    await sql`update materials set deleted_at = now() where mall_id = ${own}`;
    expect(await outcomeOf(admin, DELETE, { id: own })).toBe('MALL_NOT_EMPTY');
    await sql`delete from materials where mall_id = ${own}`;
    await sql`delete from blobs where mall_id = ${own}`;
    expect(await usedBytes(sql, own)).toBe(0);
    expect(await outcomeOf(admin, DELETE, { id: own })).toBe('OK');
    expect(await outcomeOf(admin, DELETE, { id: own })).toBe('NOT_FOUND');
    expect((await member.client.data('{ malls { id } }')).malls).toEqual([]);
  });

  test('have names of 1 to 100 characters without control characters', async () => {
    const query = 'mutation ($name: String!) { createMall(name: $name) { name } }';
    expect(await admin.data(query, { name: '  商场 A\t' })).toEqual({ createMall: { name: '商场 A' } });
    expect(await outcomeOf(admin, query, { name: '🏬'.repeat(100) })).toBe('OK');
    for (const name of ['', '  ', 'a\nb', 'a\u0007b', 'a\u2028b', 'a\u009bb', '🏬'.repeat(101), '\ud800']) {
      expect([name, await outcomeOf(admin, query, { name })]).toEqual([name, 'PARAMS_INVALID']);
    }
  });

  test('are managed by an API token with the scope MANAGE, within its mall', async () => {
    const own = await newMall(admin);
    const asToken = async (query: string, variables: object, scopes: string[], bound: number | null) => {
      const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
        `mutation ($scopes: [ApiTokenScope!]!, $bound: Int) {
          createApiToken(name: "t", scopes: $scopes, mallId: $bound) { token }
        }`,
        { scopes, bound },
      );
      const { errors } = await new Client(server.url).graphql(query, variables, {
        authorization: `Bearer ${createApiToken.token}`,
      });
      return errors?.[0]?.extensions.code ?? 'OK';
    };
    const all = ['READ', 'WRITE', 'MANAGE'];
    expect(await asToken(RENAME, { id: own }, ['READ', 'WRITE'], null)).toBe('FORBIDDEN');
    expect(await asToken(RENAME, { id: own }, all, null)).toBe('OK');
    expect(await asToken(RENAME, { id: own }, all, own)).toBe('OK');
    expect(await asToken(SET_QUOTA, { id: own }, all, own)).toBe('FORBIDDEN');
    expect(await asToken(RENAME, { id: mallId }, all, own)).toBe('NOT_FOUND');
    expect(await asToken(CREATE, {}, all, own)).toBe('FORBIDDEN');
    expect(await asToken('{ users { totalCount } }', {}, ['READ', 'WRITE'], null)).toBe('FORBIDDEN');
    expect(await asToken('{ users { totalCount } }', {}, all, own)).toBe('FORBIDDEN');
    expect(await asToken('{ users { totalCount } }', {}, all, null)).toBe('OK');
  });
});
