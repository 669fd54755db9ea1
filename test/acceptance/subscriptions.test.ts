import { describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { describeEachSessionStore } from '../support/session-stores.ts';
import { ADMIN, startStockroom } from '../support/stockroom.ts';
import { result, subscribe } from '../support/subscription.ts';
import { until } from '../support/temporary.ts';

const CHANGES = /* GraphQL */ `
  subscription ($mallId: Int!) {
    materialsChanged(mallId: $mallId) { action ids materials { originFilename placeholder } }
  }
`;

interface Change {
  readonly action: string;
  readonly ids: string[];
  readonly materials: { readonly originFilename: string; readonly placeholder: string | null }[];
}

const changeOf = (action: string) => (data: Record<string, unknown>) => {
  const change = data.materialsChanged as Change;
  return change.action === action ? change : undefined;
};

describe('the subscription to changes of materials', () => {
  test('tells what was uploaded, and when its placeholder is made', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    await using changes = await subscribe(client, CHANGES, { mallId: 1 });
    await result(changes, 'the stream to be live', changeOf('REFRESH'));
    const [material] = await client.upload([await fixture('photo.jpg')]);

    const created = await result(changes, 'the upload', changeOf('CREATED'));
    expect(created).toMatchObject({ ids: [material?.id], materials: [{ originFilename: 'photo.jpg' }] });
    const updated = await result(changes, 'the placeholder', changeOf('UPDATED'));
    expect(updated.materials[0]?.placeholder).toBeString();
  });

  test('is refused to visitors and for malls that do not exist', async () => {
    await using server = await startStockroom();
    const visitor = new Client(server.url);
    const client = await Client.loggedIn(server.url);
    for (const [caller, mallId, code] of [
      [visitor, 1, 'LOGIN_REQUIRED'],
      [client, 99, 'NOT_FOUND'],
    ] as const) {
      await using refused = await subscribe(caller, CHANGES, { mallId });
      await until('the refusal', () => refused.isOver);
      expect(JSON.stringify(refused.results)).toContain(code);
    }
  });

  test.each([
    ['at logout', (client: Client) => client.data('mutation { logout }')],
    ['at a logout everywhere', (client: Client) => client.data('mutation { logoutEverywhere }')],
  ])('ends %s', async (_when, end) => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    await using changes = await subscribe(client, CHANGES, { mallId: 1 });
    // The stream looks at its session when it begins, too.
    await result(changes, 'the stream to be live', changeOf('REFRESH'));
    await client.upload([await fixture('plain.png')]);
    await result(changes, 'the upload', changeOf('CREATED'));
    await end(client);
    await until('the end of the stream', () => changes.isOver, 5000);
  });

  test('ends when another device ends the session, and goes on for others', async () => {
    await using server = await startStockroom();
    const [one, other] = [await Client.loggedIn(server.url), await Client.loggedIn(server.url)];
    await using ending = await subscribe(one, CHANGES, { mallId: 1 });
    await using going = await subscribe(other, CHANGES, { mallId: 1 });
    const own = await one.data<{ sessions: { id: string; current: boolean }[] }>(
      '{ sessions { id current } }',
    );
    await other.data('mutation ($id: ID!) { revokeSession(id: $id) }', {
      id: own.sessions.find(({ current }) => current)?.id,
    });
    await until('the end of the stream', () => ending.isOver, 5000);
    await other.upload([await fixture('plain.png')]);
    await result(going, 'the upload', changeOf('CREATED'));
    expect(going.isOver).toBeFalse();
  });

  test('ends with the API token that asked for it', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    const { createApiToken: made } = await client.data<{
      createApiToken: { token: string; apiToken: { id: string } };
    }>('mutation { createApiToken(name: "watch", scopes: READ) { token apiToken { id } } }');
    const script = new Client(server.url);
    const headers = { authorization: `Bearer ${made.token}` };
    await using changes = await subscribe(script, CHANGES, { mallId: 1 }, headers);
    await result(changes, 'the stream to be live', changeOf('REFRESH'));
    await client.data('mutation ($id: ID!) { revokeApiToken(id: $id) }', { id: made.apiToken.id });
    await until('the end of the stream', () => changes.isOver, 5000);
  });

  test('does not keep the server from stopping', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    await using changes = await subscribe(client, CHANGES, { mallId: 1 });
    await result(changes, 'the stream to be live', changeOf('REFRESH'));
    const stopping = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(5000);
    expect(changes.isOver).toBeTrue();
  });
});

describeEachSessionStore('a subscription on one of two servers', (store) => {
  test('hears of uploads to the other, and ends with its session, its membership or its user there', async () => {
    await using one = await startStockroom({ env: store().env });
    await using two = await startStockroom({ env: store().env });
    const admin = await Client.loggedIn(two.url);
    const endings = [
      'removeMallMember(mallId: 1, userId: $id)',
      'setMallMember(mallId: 1, userId: $id, role: EDITOR) { role }',
      'updateUser(id: $id, disabled: true) { id }',
      'resetPassword(userId: $id) { generatedPassword }',
    ];
    for (const ending of endings) {
      const username = crypto.randomUUID();
      const [user] = await store().sql`
        insert into users (username, password_hash, role)
        select ${username}, password_hash, 'MEMBER' from users where username = ${ADMIN.username} returning id`;
      await store().sql`insert into memberships (mall_id, user_id, role) values (1, ${user?.id}, 'VIEWER')`;
      const viewer = await Client.loggedIn(one.url, { username, password: ADMIN.password });
      await using changes = await subscribe(viewer, CHANGES, { mallId: 1 });
      await result(changes, 'the stream to be live', changeOf('REFRESH'));
      const [material] = await admin.upload([await fixture('tiny.gif')]);
      const created = await result(changes, 'the upload to the other server', changeOf('CREATED'));
      expect(created.ids).toEqual([String(material?.id)]);
      await admin.data(`mutation ($id: Int!) { ${ending} }`, { id: user?.id });
      await until(`the end of the stream after ${ending}`, () => changes.isOver, 5000);
    }
  });
});
