import { afterAll, beforeAll, expect, test } from 'bun:test';
import type postgres from 'postgres';
import { Client } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { uniquePng } from '../support/pictures.ts';
import { openSql } from '../support/sql.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { isLoggedIn, newUser, outcomeOf } from '../support/users.ts';

const CREATE = `mutation ($username: String!, $password: String, $role: UserRole! = MEMBER) {
  createUser(username: $username, password: $password, role: $role) { generatedPassword user { id username } }
}`;
const UPDATE = `mutation ($id: Int!, $username: String, $role: UserRole, $disabled: Boolean) {
  updateUser(id: $id, username: $username, role: $role, disabled: $disabled) { username role disabled }
}`;
const RESET = `mutation ($id: Int!, $password: String) {
  resetPassword(userId: $id, newPassword: $password) { generatedPassword user { mustChangePassword } }
}`;
const USER = 'query ($id: Int!) { user(id: $id) { id username disabled memberships { role } } }';
const CHANGE =
  'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { id } }';

interface Users {
  readonly users: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly username: string } }[];
  };
}

describeEachDatabase('users', (fresh) => {
  let server: StockroomServer;
  let admin: Client;
  let sql: postgres.Sql;
  beforeAll(async () => {
    const env = await fresh();
    server = await startStockroom({ env });
    admin = await Client.loggedIn(server.url);
    sql = await openSql(server, env);
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
  });

  test('whose password somebody else chose can do nothing before they change it', async () => {
    const made = await admin.data<{ createUser: { generatedPassword: string; user: { id: number } } }>(
      CREATE,
      {
        username: 'new here',
        role: 'ADMIN',
      },
    );
    const { generatedPassword, user } = made.createUser;
    const client = await Client.loggedIn(server.url, { username: 'New Here', password: generatedPassword });
    expect((await client.data('{ me { mustChangePassword } }')).me).toEqual({ mustChangePassword: true });
    for (const query of [
      '{ malls { id } }',
      '{ mall(id: 1) { id } }',
      '{ material(id: "1") { id } }',
      '{ materials { totalCount } }',
      '{ users { totalCount } }',
      '{ user(id: 1) { id } }',
      '{ me { memberships { role } } }',
      '{ sessions { id } }',
      '{ apiTokens { id } }',
      'mutation { createApiToken(name: "t", scopes: READ) { token } }',
      'mutation { revokeApiToken(id: "1") }',
      'mutation { revokeSession(id: "1") }',
      'mutation { createMall(name: "m") { id } }',
      'mutation { updateMall(id: 1, name: "m") { id } }',
      'mutation { deleteMall(id: 1) }',
      'mutation { setMallMember(mallId: 1, userId: 1, role: OWNER) { role } }',
      'mutation { removeMallMember(mallId: 1, userId: 1) }',
      'mutation { createUser(username: "u", role: ADMIN) { generatedPassword } }',
      'mutation { updateUser(id: 1, disabled: true) { id } }',
      'mutation { resetPassword(userId: 1) { generatedPassword } }',
    ]) {
      expect([query, await outcomeOf(client, query)]).toEqual([query, 'PASSWORD_CHANGE_REQUIRED']);
    }
    const file = new File([uniquePng()], 'a.png');
    await expect(client.upload([file])).rejects.toThrow('PASSWORD_CHANGE_REQUIRED');
    for (const [path, field] of [
      ['/malls/1/upload_batch', 'any'],
      ['/1/upload_batch', 'any'],
      ['/cms/template', 'img'],
    ] as const) {
      const body = new FormData();
      body.append(field, file);
      const response = await client.send(path, { method: 'POST', body });
      expect([response.status, await response.json()]).toEqual([
        200,
        { code: 40301, msg: '请先修改密码（changePassword）' },
      ]);
    }

    const second = await Client.loggedIn(server.url, { username: 'new here', password: generatedPassword });
    expect(await outcomeOf(second, 'mutation { logout }')).toBe('OK');
    expect(await outcomeOf(client, CHANGE, { old: generatedPassword, new: generatedPassword })).toBe(
      'PARAMS_INVALID',
    );
    expect(await outcomeOf(client, CHANGE, { old: generatedPassword, new: 'chosen by myself' })).toBe('OK');
    expect(await outcomeOf(client, '{ users { totalCount } }')).toBe('OK');
    expect((await client.data(USER, { id: user.id })).user).toMatchObject({ username: 'new here' });
  });

  test('get another password from an administrator, which ends their sessions and stills their tokens', async () => {
    const { id, client, username } = await newUser(admin, { malls: { 1: 'EDITOR' } });
    const { createApiToken } = await client.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(name: "t", scopes: [READ, WRITE]) { token } }',
    );
    const withToken = async (query: string) => {
      const headers = { authorization: `Bearer ${createApiToken.token}` };
      const { errors } = await new Client(server.url).graphql(query, {}, headers);
      return errors?.[0]?.extensions.code ?? 'OK';
    };
    expect(await withToken('{ malls { id } }')).toBe('OK');
    const { resetPassword } = await admin.data<{
      resetPassword: { generatedPassword: string; user: object };
    }>(RESET, { id });
    expect(resetPassword.user).toEqual({ mustChangePassword: true });
    expect(await isLoggedIn(client)).toBe(false);
    for (const query of ['{ malls { id } }', '{ materials { totalCount } }', '{ apiTokens { id } }']) {
      expect(await withToken(query)).toBe('PASSWORD_CHANGE_REQUIRED');
    }
    const again = await Client.loggedIn(server.url, { username, password: resetPassword.generatedPassword });
    expect(await outcomeOf(again, '{ malls { id } }')).toBe('PASSWORD_CHANGE_REQUIRED');
    expect(
      await outcomeOf(again, CHANGE, { old: resetPassword.generatedPassword, new: 'chosen again' }),
    ).toBe('OK');
    expect(await withToken('{ malls { id } }')).toBe('OK');
    expect(await admin.data(RESET, { id, password: 'chosen for them' })).toMatchObject({
      resetPassword: { generatedPassword: null },
    });
    expect(await outcomeOf(admin, RESET, { id, password: 'password' })).toBe('PASSWORD_WEAK');
    expect(await outcomeOf(admin, RESET, { id: 2_000_000_000 })).toBe('NOT_FOUND');
    expect(await outcomeOf(admin, RESET, { id: 1 })).toBe('PARAMS_INVALID');
  });

  test('that are disabled, renamed or get another role are logged out; a change of nothing leaves them', async () => {
    const { id, username, password, client } = await newUser(admin);
    await admin.data(UPDATE, { id, username, role: 'MEMBER', disabled: false });
    expect(await isLoggedIn(client)).toBe(true);
    expect(await admin.data(UPDATE, { id, disabled: true })).toMatchObject({
      updateUser: { disabled: true },
    });
    expect(await isLoggedIn(client)).toBe(false);
    await expect(Client.loggedIn(server.url, { username, password })).rejects.toThrow('INVALID_CREDENTIALS');
    await admin.data(UPDATE, { id, disabled: false });
    const second = await Client.loggedIn(server.url, { username, password });
    await admin.data(UPDATE, { id, username: `  ${username} 2 ` });
    expect(await isLoggedIn(second)).toBe(false);
    const third = await Client.loggedIn(server.url, { username: `${username} 2`, password });
    await admin.data(UPDATE, { id, role: 'ADMIN' });
    expect(await isLoggedIn(third)).toBe(false);
    await admin.data(UPDATE, { id, role: 'MEMBER' });
  });

  test('have names of their own, in whatever case', async () => {
    const { id, username } = await newUser(admin);
    expect(await outcomeOf(admin, CREATE, { username: username.toUpperCase() })).toBe('USERNAME_TAKEN');
    expect(await outcomeOf(admin, UPDATE, { id, username: ADMIN.username.toUpperCase() })).toBe(
      'USERNAME_TAKEN',
    );
    expect(await outcomeOf(admin, UPDATE, { id, username: username.toUpperCase() })).toBe('OK');
    for (const name of ['', ' ', 'a\u0000', 'a\nb', 'x'.repeat(101)]) {
      expect([name, await outcomeOf(admin, CREATE, { username: name })]).toEqual([name, 'PARAMS_INVALID']);
    }
    expect(await outcomeOf(admin, CREATE, { username: 'weak', password: 'password1' })).toBe('PASSWORD_WEAK');
    expect(await outcomeOf(admin, CREATE, { username: 'short', password: '1234567' })).toBe('PARAMS_INVALID');
  });

  test('are the business of administrators, but for oneself', async () => {
    const { id, client } = await newUser(admin, { malls: { 1: 'OWNER' } });
    const answers = [];
    for (const other of [1, 2_000_000_000, 0, -1]) {
      expect(await outcomeOf(client, UPDATE, { id: other, disabled: true })).toBe('FORBIDDEN');
      expect(await outcomeOf(client, RESET, { id: other })).toBe('FORBIDDEN');
      answers.push(await client.data(USER, { id: other }));
    }
    expect(answers).toEqual(Array(4).fill({ user: null }));
    expect(await outcomeOf(client, CREATE, { username: 'one more' })).toBe('FORBIDDEN');
    expect(await outcomeOf(client, '{ users { totalCount } }')).toBe('FORBIDDEN');
    expect((await client.data(USER, { id })).user).toMatchObject({
      disabled: false,
      memberships: [{ role: 'OWNER' }],
    });
    expect(await outcomeOf(new Client(server.url), USER, { id })).toBe('LOGIN_REQUIRED');
  });

  test('are listed in pages, forth and back, and found by a part of their name', async () => {
    const prefix = `p%_${crypto.randomUUID()}`;
    const names = Array.from({ length: 25 }, (_, i) => `${prefix}-${i}`);
    const values = names.map((username) => ({ username, password_hash: 'x', role: 'MEMBER' }));
    await sql`insert into users ${sql(values)}`;
    const list = (window: string) =>
      admin.data<Users>(
        `query ($search: String) { users(search: $search, ${window}) {
          totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node { username } }
        } }`,
        { search: prefix.toUpperCase() },
      );
    const seen: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const { users } = await list(`first: 10${after ? `, after: "${after}"` : ''}`);
      expect(users.totalCount).toBe(25);
      seen.push(...users.edges.map(({ node }) => node.username));
      after = users.edges.at(-1)?.cursor;
      more = users.pageInfo.hasNextPage;
    }
    expect(seen).toEqual(names);
    const { users: last } = await list('last: 10');
    expect(last.edges.map(({ node }) => node.username)).toEqual(names.slice(15));
    expect(last.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
    const { users: before } = await list(`last: 20, before: "${last.edges[0]?.cursor}"`);
    expect(before.edges.map(({ node }) => node.username)).toEqual(names.slice(0, 15));
    for (const window of ['first: 101', 'first: -1', 'after: "x"', 'first: 1, last: 1']) {
      expect([window, await outcomeOf(admin, `{ users(${window}) { totalCount } }`)]).toEqual([
        window,
        'PARAMS_INVALID',
      ]);
    }
  });
});

describeEachDatabase('users of an installation', (fresh) => {
  test('always have one administrator who can log in, also when two remove each other at once', async () => {
    const env = await fresh();
    await using server = await startStockroom({ env });
    const admin = await Client.loggedIn(server.url);
    const sql = await openSql(server, env);
    expect(await outcomeOf(admin, UPDATE, { id: 1, role: 'MEMBER' })).toBe('LAST_ADMIN');
    expect(await outcomeOf(admin, UPDATE, { id: 1, disabled: true })).toBe('LAST_ADMIN');
    expect(await outcomeOf(admin, UPDATE, { id: 1, username: ADMIN.username, role: 'ADMIN' })).toBe('OK');
    let first = { id: 1, client: admin };
    for (let round = 0; round < 6; round++) {
      const second = await newUser(first.client, { role: 'ADMIN' });
      const change = round % 2 ? { role: 'MEMBER' } : { disabled: true };
      const outcomes = await Promise.all([
        outcomeOf(first.client, UPDATE, { id: second.id, ...change }),
        outcomeOf(second.client, UPDATE, { id: first.id, ...change }),
      ]);
      expect(outcomes.filter((outcome) => outcome === 'OK')).toHaveLength(1);
      expect(['LAST_ADMIN', 'LOGIN_REQUIRED']).toContain(outcomes.find((outcome) => outcome !== 'OK') ?? '');
      const left = await sql<{ id: number }[]>`
        select id from users where role = 'ADMIN' and disabled_at is null`;
      expect(left).toHaveLength(1);
      if (left[0]?.id === second.id) first = second;
    }
    await sql.end({ timeout: 1 });
  });
});
