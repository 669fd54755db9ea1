import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { newUser } from '../support/users.ts';

const LINK = /* GraphQL */ `
  mutation ($id: ID!, $seconds: Int, $download: Boolean, $width: Int) {
    createDownloadLink(materialId: $id, expiresInSeconds: $seconds, download: $download, width: $width) {
      url
      expiresAt
    }
  }
`;
const NAME = '春 "商品".png';

describe('a private file', () => {
  let server: StockroomServer;
  let admin: Client;
  let member: Client;
  let stranger: Client;
  let url: string;
  let id: string;
  beforeAll(async () => {
    server = await startStockroom();
    admin = await Client.loggedIn(server.url);
    const [material] = await admin.upload([await fixture('plain.png', NAME)]);
    id = String(material?.id);
    url = String(material?.url);
    const sql = await openSql(server, {});
    await sql`update materials set visibility = 'PRIVATE' where id = ${id}`;
    await sql.end();
    member = (await newUser(admin, { malls: { 1: 'VIEWER' } })).client;
    stranger = (await newUser(admin)).client;
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const link = async (variables: object = {}) =>
    (await member.data<{ createDownloadLink: { url: string } }>(LINK, { id, ...variables }))
      .createDownloadLink.url;
  const pathOf = (address: string) => address.slice(server.url.length);
  const get = (client: Client, address = url, init: RequestInit = {}) => client.send(pathOf(address), init);

  test('is not there for visitors and strangers, in any of its forms', async () => {
    const visitor = new Client(server.url);
    const absent = url.replace(/[\da-f]{8}-/, '00000000-');
    for (const client of [visitor, stranger]) {
      for (const address of [url, url.split('?')[0] ?? '', `${url}&w=16`, `${url}&download`]) {
        const response = await get(client, address);
        expect([address, response.status]).toEqual([address, 404]);
        // The same as for what does not exist at all.
        const nothing = await get(client, absent);
        const told = async (answer: Response) => ({ ...((await answer.json()) as object), requestId: '' });
        expect(await told(response)).toEqual(await told(nothing));
      }
      expect((await get(client, url, { method: 'HEAD' })).status).toBe(404);
      expect((await get(client, url, { headers: { range: 'bytes=0-3' } })).status).toBe(404);
      expect((await get(client, url, { headers: { 'if-none-match': '*' } })).status).toBe(404);
    }
  });

  test('is for members of its mall and their tokens, and for no cache but their own', async () => {
    const { createApiToken: made } = await member.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(name: "read", scopes: READ) { token } }',
    );
    const script = new Client(server.url);
    for (const [client, init] of [
      [member, {}],
      [admin, {}],
      [script, { headers: { authorization: `Bearer ${made.token}` } }],
    ] as const) {
      const whole = await get(client, url, init);
      expect(whole.status).toBe(200);
      expect(whole.headers.get('cache-control')).toBe('private, no-cache');
      expect(whole.headers.get('cross-origin-resource-policy')).toBe('same-site');
      expect(whole.headers.getSetCookie()).toEqual([]);
      expect(await whole.bytes()).toEqual(await (await fixture('plain.png')).bytes());
      expect((await get(client, `${url}&w=16`, init)).status).toBe(200);
    }
    const etag = String((await get(member)).headers.get('etag'));
    const unchanged = await get(member, url, { headers: { 'if-none-match': etag } });
    expect([unchanged.status, unchanged.headers.get('cache-control')]).toEqual([304, 'private, no-cache']);
  });

  test('is for everybody who holds a link, under its name, in ranges and for this file alone', async () => {
    const address = await link();
    const response = await fetch(address);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    const disposition = String(response.headers.get('content-disposition'));
    expect(disposition).toStartWith('attachment');
    expect(decodeURIComponent(disposition)).toContain('春 "商品".png');
    const part = await fetch(address, { headers: { range: 'bytes=1-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'PNG']);
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200);

    const [other] = await admin.upload([await fixture('tiny.gif')]);
    const elsewhere = address.replace(String(new URL(url).pathname), new URL(String(other?.url)).pathname);
    for (const changed of [
      elsewhere,
      `${address}&w=16`,
      address.replace('download=1', 'download=0'),
      address.replace('&download=1', ''),
      address.replace(/expires=\d/, 'expires=9'),
      address.replace(/signature=../, 'signature=AA'),
    ]) {
      const refused = await fetch(changed);
      expect([changed, refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        changed,
        403,
        'LINK_INVALID',
      ]);
    }
  });

  test('has links to a variant of the very size', async () => {
    const [large] = await admin.upload([await fixture('photo.jpg')]);
    id = String(large?.id);
    const address = await link({ width: 123, download: false });
    const response = await fetch(address);
    expect(response.headers.get('content-disposition')).toBeNull();
    const { default: sharp } = await import('sharp');
    expect((await sharp(await response.bytes()).metadata()).width).toBe(123);
  });

  test('has links that end', async () => {
    const address = await link({ seconds: 1 });
    const expires = Number(new URL(address).searchParams.get('expires'));
    while (Date.now() < expires * 1000) await Bun.sleep(50);
    const response = await fetch(address);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      403,
      'LINK_EXPIRED',
    ]);
  });

  test.each([0, -1, 604_801])('has no link of %p seconds', async (seconds) => {
    const answer = await member.graphql(LINK, { id, seconds });
    expect(answer.errors?.[0]?.extensions.code).toBe('PARAMS_INVALID');
  });
});

test('a picture that was public is private at once, replaced at once and gone at once, in every size', async () => {
  await using server = await startStockroom();
  const client = await Client.loggedIn(server.url);
  const [material] = await client.upload([await fixture('photo.jpg')]);
  const { id, basePath } = material as unknown as { id: string; basePath: string };
  const addresses = ['', '?w=64', '?w=64&format=png', `?v=${String(material?.sha256).slice(0, 16)}&w=64`].map(
    (query) => `${server.url}/files${basePath}${query}`,
  );
  const ask = async () => {
    const answers = await Promise.all(addresses.map((address) => fetch(address)));
    return await Promise.all(
      answers.map(async (answer) => [answer.status, Bun.hash(await answer.bytes())] as const),
    );
  };
  const statuses = async () => [...new Set((await ask()).map(([status]) => status))];
  const set = (visibility: string) =>
    client.data(
      'mutation ($id: ID!, $v: Visibility) { updateMaterial(id: $id, input: { visibility: $v }) { id } }',
      {
        id,
        v: visibility,
      },
    );
  // The second time they come from memory.
  const before = await ask();
  expect(await ask()).toEqual(before);
  await set('PRIVATE');
  expect(await statuses()).toEqual([404]);
  await set('PUBLIC');
  expect(await ask()).toEqual(before);
  expect(await ask()).toEqual(before);

  const form = new FormData();
  const query =
    'mutation ($id: ID!, $file: Upload!) { replaceMaterial(id: $id, file: $file) { __typename } }';
  form.set('operations', JSON.stringify({ query, variables: { id, file: null } }));
  form.set('map', '{"0":["variables.file"]}');
  form.set('0', await fixture('progressive.jpg'));
  await client.send('/graphql', { method: 'POST', headers: { 'apollo-require-preflight': '1' }, body: form });
  const after = await ask();
  for (const [i, [status, hash]] of after.entries()) {
    expect(status).toBe(200);
    expect(hash).not.toBe(before[i]?.[1] ?? 0n);
  }
  await client.data('mutation ($id: ID!) { deleteMaterials(ids: [$id]) { code } }', { id });
  expect(await statuses()).toEqual([404]);
});

test('links stay good after a restart, and while their secret still verifies', async () => {
  const OLD = 'an old secret of links';
  const NEW = 'a newer secret of links';
  await using server = await startStockroom({ env: { LINK_SECRETS: OLD } });
  const client = await Client.loggedIn(server.url);
  const [material] = await client.upload([await fixture('plain.png')]);
  const made = await client.data<{ createDownloadLink: { url: string } }>(LINK, { id: material?.id });
  const path = made.createDownloadLink.url.slice(server.url.length);
  await server.stop();
  const { dataDir } = server;
  for (const [secrets, status] of [
    [OLD, 200],
    [`${NEW},${OLD}`, 200],
    [NEW, 403],
  ] as const) {
    await using again = await startStockroom({ dataDir, env: { LINK_SECRETS: secrets } });
    expect([secrets, (await fetch(again.url + path)).status]).toEqual([secrets, status]);
  }
});
