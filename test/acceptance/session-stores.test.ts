import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Client, type GraphQLAnswer } from '../support/client.ts';
import { FORM_TYPE, formBody, uploadFields } from '../support/multipart.ts';
import { RawRequest } from '../support/raw-request.ts';
import { describeEachSessionStore } from '../support/session-stores.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';

interface SessionInfo {
  readonly id: string;
  readonly current: boolean;
  readonly userAgent: string;
  readonly address: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
}

const SESSIONS = '{ sessions { id current userAgent address createdAt lastSeenAt } }';
const REVOKE = 'mutation ($id: ID!) { revokeSession(id: $id) }';
const CHANGE =
  'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { id } }';

describeEachSessionStore('sessions of two servers', (store) => {
  let one: StockroomServer;
  let two: StockroomServer;
  beforeAll(async () => {
    one = await startStockroom({ env: { ...store().env, USER_REQUESTS_PER_MINUTE: '0' } });
    two = await startStockroom({ env: { ...store().env, USER_REQUESTS_PER_MINUTE: '0' } });
  });
  afterAll(async () => {
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
  });

  const me = async (server: StockroomServer, cookie: string | undefined) => {
    const client = new Client(server.url);
    client.cookie = cookie;
    return (await client.graphql('{ me { username } }')).data?.me ?? null;
  };
  const listed = async (client: Client) =>
    (await client.data<{ sessions: SessionInfo[] }>(SESSIONS)).sessions;
  const ADMIN_SHOWN = { username: 'admin' };
  /** Somebody else with the administrator's password. */
  const createMember = async () => {
    const username = `member-${crypto.randomUUID()}`;
    await store().sql`
      insert into users (username, password_hash, role)
      select ${username}, password_hash, 'MEMBER' from users where username = ${ADMIN.username}`;
    return { username, password: ADMIN.password };
  };

  test('are good on the other server, and gone from both after a logout', async () => {
    const client = await Client.loggedIn(one.url);
    const { cookie } = client;
    expect(await me(two, cookie)).toEqual(ADMIN_SHOWN);
    const other = new Client(two.url);
    other.cookie = cookie;
    await other.data('mutation { logout }');
    expect(await me(one, cookie)).toBeNull();
    expect(await me(two, cookie)).toBeNull();
  });

  test('are not stored for visitors and for logins that failed', async () => {
    const before = await store().count();
    const visitor = new Client(one.url);
    for (const query of ['{ me { id } }', '{ __typename }', 'mutation { logout }'])
      await visitor.graphql(query);
    for (const username of ['nobody', ADMIN.username]) {
      await expect(Client.loggedIn(one.url, { username, password: 'wrong password' })).rejects.toThrow(
        'INVALID_CREDENTIALS',
      );
    }
    visitor.cookie = `stockroom_session=${crypto.randomUUID()}`;
    await visitor.graphql('{ me { id } }');
    expect(await store().count()).toBe(before);
  });

  test('are kept under the hash of their id, which is nowhere in the store', async () => {
    const { cookie = '' } = await Client.loggedIn(one.url);
    const id = cookie.split('=')[1] ?? '';
    const hash = new Bun.CryptoHasher('sha256').update(id).digest('hex');
    const dump = await store().dump();
    expect(dump).toContain(hash);
    expect(dump).not.toContain(id);
    expect(dump).not.toContain(ADMIN.password);
    expect(await me(one, `stockroom_session=${hash}`)).toBeNull();
  });

  test('get a new id at login and when the password changes, which ends all others of the user', async () => {
    const member = await createMember();
    const client = await Client.loggedIn(one.url, member);
    const first = client.cookie;
    await client.data(
      'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } }',
      { u: member.username, p: member.password },
    );
    const second = client.cookie;
    expect(second).not.toBe(first);
    expect(await me(two, first)).toBeNull();
    const elsewhere = await Client.loggedIn(two.url, member);
    const admin = await Client.loggedIn(two.url);

    await client.data(CHANGE, { old: member.password, new: 'another good battery' });
    expect(client.cookie).not.toBe(second);
    const shown = { username: member.username };
    for (const server of [one, two]) {
      expect(await me(server, second)).toBeNull();
      expect(await me(server, elsewhere.cookie)).toBeNull();
      expect(await me(server, client.cookie)).toEqual(shown);
      expect(await me(server, admin.cookie)).toEqual(ADMIN_SHOWN);
    }
    expect(await listed(client)).toHaveLength(1);
  });

  test('begin anew in a request that first ends the old one', async () => {
    const client = await Client.loggedIn(one.url);
    const first = client.cookie;
    await client.data(
      'mutation ($u: String!, $p: String!) { logout login(username: $u, password: $p) { user { id } } }',
      { u: ADMIN.username, p: ADMIN.password },
    );
    expect(await me(one, client.cookie)).toEqual(ADMIN_SHOWN);
    expect(await me(one, first)).toBeNull();
  });

  test('end in a request that logs in and out', async () => {
    const client = await Client.loggedIn(one.url);
    const first = client.cookie;
    const before = await store().count();
    await client.data(
      'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } logout }',
      { u: ADMIN.username, p: ADMIN.password },
    );
    expect(client.cookie).toBeUndefined();
    expect(await me(one, first)).toBeNull();
    expect(await store().count()).toBe(before - 1);
  });

  test('are not revived by a request that ends after the logout', async () => {
    const client = await Client.loggedIn(one.url);
    const { cookie = '' } = client;
    const before = await store().count();
    const body = formBody([...uploadFields(1), { name: '0', filename: 'a.txt', value: 'no picture' }]);
    const slow = await RawRequest.open(one.url, '/graphql', {
      'Content-Type': FORM_TYPE,
      'Content-Length': String(body.byteLength),
      'Apollo-Require-Preflight': 'true',
      Cookie: cookie,
    });
    await slow.write(body.subarray(0, -100));
    await client.data('mutation { logout }');
    await slow.write(body.subarray(-100));
    const answer = await slow.answer();
    expect(answer.headers.has('set-cookie')).toBe(false);
    slow.close();
    expect(await me(one, cookie)).toBeNull();
    expect(await store().count()).toBe(before - 1);
  });

  test('stand many requests at once and lose nothing', async () => {
    const { cookie } = await Client.loggedIn(one.url);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => me(i % 2 ? one : two, cookie)));
    expect(answers.filter((answer) => answer === null)).toEqual([]);
    expect(await me(one, cookie)).toEqual(ADMIN_SHOWN);
  });

  test('are listed with what logged in, newest first', async () => {
    const member = await createMember();
    const begun = Date.now();
    const login = async (agent: string) => {
      const client = new Client(one.url);
      await client.graphql(
        'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { user { id } } }',
        member,
        { 'user-agent': agent },
      );
      return client;
    };
    await login('Old browser');
    const client = await login('x'.repeat(400));
    const [newest, oldest, ...others] = await listed(client);
    expect(others).toEqual([]);
    expect(newest).toMatchObject({ current: true, userAgent: 'x'.repeat(300), address: '127.0.0.1' });
    expect(oldest).toMatchObject({ current: false, userAgent: 'Old browser' });
    for (const { createdAt, lastSeenAt } of [newest, oldest] as SessionInfo[]) {
      expect(Date.parse(createdAt)).toBeWithin(begun, Date.now() + 1);
      expect(Date.parse(lastSeenAt)).toBeWithin(Date.parse(createdAt), Date.now() + 1);
    }
  });

  test('can be revoked by their user only, and end on both servers', async () => {
    const member = await createMember();
    const [client, lost, admin] = [
      await Client.loggedIn(one.url, member),
      await Client.loggedIn(two.url, member),
      await Client.loggedIn(two.url),
    ];
    const target = (await listed(lost)).find((session) => session.current)?.id;
    const refused: GraphQLAnswer = await admin.graphql(REVOKE, { id: target });
    expect(refused.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await client.graphql(REVOKE, { id: 'nothing' })).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect(await me(one, lost.cookie)).toEqual({ username: member.username });

    expect(await client.data(REVOKE, { id: target })).toEqual({ revokeSession: true });
    for (const server of [one, two]) expect(await me(server, lost.cookie)).toBeNull();
    const own = (await listed(client)).find((session) => session.current)?.id;
    const { cookie } = client;
    await client.data(REVOKE, { id: own });
    expect(client.cookie).toBeUndefined();
    expect(await me(two, cookie)).toBeNull();
  });

  test('all end with logoutEverywhere, and those of others do not', async () => {
    const member = await createMember();
    const [client, other, admin] = [
      await Client.loggedIn(one.url, member),
      await Client.loggedIn(two.url, member),
      await Client.loggedIn(one.url),
    ];
    const { cookie } = client;
    await client.data('mutation { logoutEverywhere }');
    expect(client.cookie).toBeUndefined();
    for (const server of [one, two]) {
      expect(await me(server, cookie)).toBeNull();
      expect(await me(server, other.cookie)).toBeNull();
      expect(await me(server, admin.cookie)).toEqual(ADMIN_SHOWN);
    }
  });

  test('end by themselves', async () => {
    const { cookie } = await Client.loggedIn(one.url);
    expect(await me(two, cookie)).toEqual(ADMIN_SHOWN);
    await store().expire();
    expect(await me(one, cookie)).toBeNull();
    expect(await me(two, cookie)).toBeNull();
  });
});
