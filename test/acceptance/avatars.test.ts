import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import sharp from 'sharp';
import { runCli } from '../support/cli.ts';
import { Client, fixture } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { avatarOf, fetchAvatar, fetchAvatarAnswer, LOOPBACK_ALLOWED } from '../support/remote-pictures.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';
import { newUser } from '../support/users.ts';

let server: StockroomServer;
let admin: Client;
let pictures: PictureServer;
beforeAll(async () => {
  pictures = await PictureServer.start();
  server = await startStockroom({
    env: { ...LOOPBACK_ALLOWED, REMOTE_TIMEOUT_MS: '1000', REMOTE_FETCHES_PER_MINUTE: '0' },
  });
  admin = await Client.loggedIn(server.url);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await pictures[Symbol.asyncDispose]();
});

const stored = () => filesBelow(join(server.dataDir, 'files'));
const give = async (name: string) => pictures.give(`/${name}`, await (await fixture(name)).bytes());

describe('an avatar', () => {
  test.each([
    ['orientation-6.jpg', 'jpeg'],
    ['photo.jpg', 'jpeg'],
    ['plain.png', 'jpeg'],
    ['plain.webp', 'jpeg'],
    ['plain.avif', 'jpeg'],
    ['rotated.heic', 'jpeg'],
    ['animated.gif', 'png'],
  ])('is drawn anew from %s, as it is shown, without its metadata', async (name, format) => {
    const { client, id } = await newUser(admin);
    const bytes = await (await fixture(name)).bytes();
    const shown = (await sharp(bytes).metadata()).autoOrient;
    const avatar = await fetchAvatar(client, await give(name));
    expect(avatar.basePath).toMatch(
      new RegExp(`^/avatar/\\d{8}/${id}/[\\da-f-]{36}\\.${format === 'jpeg' ? 'jpg' : format}$`),
    );
    const kept = await (await fetch(avatar.url)).bytes();
    const metadata = await sharp(kept).metadata();
    const dropped = ['exif', 'icc', 'xmp', 'iptc', 'orientation', 'pages'];
    expect(dropped.filter((name) => name in metadata)).toEqual([]);
    const scale = Math.min(1, 1024 / Math.max(shown.width, shown.height));
    expect(metadata).toMatchObject({
      format,
      width: Math.round(shown.width * scale),
      height: Math.round(shown.height * scale),
    });
    expect(avatar).toMatchObject({ width: metadata.width, height: metadata.height });
    expect(await avatarOf(client)).toEqual(avatar);
  });

  test('takes the place of the one before, whose bytes go', async () => {
    const { client } = await newUser(admin);
    const before = stored();
    const first = await fetchAvatar(client, await give('photo.jpg'));
    expect((await fetch(first.url)).status).toBe(200);
    const variant = `${first.url}&w=100`;
    expect((await fetch(variant)).status).toBe(200);
    const second = await fetchAvatar(client, pictures.give('/second.png', uniquePng()));
    expect(await avatarOf(client)).toEqual(second);
    expect((await fetch(first.url)).status).toBe(404);
    expect((await fetch(variant)).status).toBe(404);
    expect(stored().length).toBe(before.length + 1);
  });

  test('of two that come at once, one is left', async () => {
    const { client, id } = await newUser(admin);
    const before = stored().length;
    for (let round = 0; round < 5; round++) {
      const urls = [1, 2].map((i) => pictures.give(`/at-once/${round}/${i}.png`, uniquePng()));
      await Promise.all(urls.map((url) => fetchAvatar(client, url)));
    }
    const { materials } = await admin.data<{ materials: { edges: { node: { basePath: string } }[] } }>(
      'query ($id: Int) { materials(first: 100, filter: { uploadedBy: $id }) { edges { node { basePath } } } }',
      { id },
    );
    expect(materials.edges.map(({ node }) => node.basePath)).toEqual([
      String((await avatarOf(client))?.basePath),
    ]);
    expect(stored().length).toBe(before + 1);
  });

  test('that two users have in common stays when one of them takes another', async () => {
    const one = await newUser(admin);
    const other = await newUser(admin);
    const url = pictures.give('/common.png', uniquePng());
    await fetchAvatar(one.client, url);
    const kept = await fetchAvatar(other.client, url);
    await fetchAvatar(one.client, pictures.give('/own.png', uniquePng()));
    expect((await fetch(kept.url)).status).toBe(200);
  });

  test('is seen by others with its user, but not where it came from', async () => {
    const { client, id } = await newUser(admin, { malls: { 1: 'EDITOR' } });
    const url = pictures.give('/seen.png', uniquePng());
    await fetchAvatar(client, url);
    const [material] = await client.upload([new File([uniquePng()], 'a.png')]);
    const query = `query ($id: ID!) {
      material(id: $id) { uploadedBy { id avatar { url mall { id } provenance { url } } } }
    }`;
    const { client: viewer } = await newUser(admin, { malls: { 1: 'VIEWER' } });
    const seen = (who: Client) => who.data(query, { id: material?.id });
    const avatar = { url: (await avatarOf(client))?.url ?? '', mall: null };
    expect(await seen(viewer)).toEqual({
      material: { uploadedBy: { id, avatar: { ...avatar, provenance: null } } },
    });
    expect(await seen(client)).toEqual({
      material: { uploadedBy: { id, avatar: { ...avatar, provenance: { url } } } },
    });
  });

  test('that an administrator puts into the trash is not shown any more', async () => {
    const { client } = await newUser(admin);
    const avatar = await fetchAvatar(client, pictures.give('/bad.png', uniquePng()));
    const remove = (mutation: string) =>
      admin.data(`mutation ($ids: [ID!]!) { ${mutation}(ids: $ids) { code } }`, { ids: [avatar.id] });
    expect(await remove('deleteMaterials')).toEqual({ deleteMaterials: [{ code: null }] });
    expect(await avatarOf(client)).toBeNull();
    expect((await fetch(avatar.url)).status).toBe(404);
    expect(await remove('purgeMaterials')).toEqual({ purgeMaterials: [{ code: null }] });
    await fetchAvatar(client, pictures.give('/better.png', uniquePng()));
    expect(await avatarOf(client)).not.toBeNull();
  });

  test('is its own, and no API token sets it', async () => {
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(name: "avatars", scopes: [READ, WRITE, MANAGE]) { token } }',
    );
    const query = 'mutation { fetchAvatar(url: "http://127.0.0.1/") { __typename } }';
    const code = async (headers: Record<string, string>) =>
      (await new Client(server.url).graphql(query, {}, headers)).errors?.[0]?.extensions.code;
    expect(await code({ authorization: `Bearer ${createApiToken.token}` })).toBe('FORBIDDEN');
    expect(await code({})).toBe('LOGIN_REQUIRED');
  });
});

describe('an avatar that cannot be had', () => {
  test.each([
    ['UNREACHABLE', async () => `${pictures.url}/missing.png`],
    ['UNREACHABLE', async () => 'http://127.0.0.1:1/'],
    ['UNREACHABLE', async () => pictures.at('/silent.png', () => undefined)],
    ['UNREACHABLE', async () => ''],
    ['NOT_AN_IMAGE', () => give('picture.svg')],
    ['NOT_AN_IMAGE', () => give('index-first.mp4')],
    ['NOT_AN_IMAGE', async () => pictures.give('/text.jpg', Buffer.from('<html>'))],
    ['TOO_LARGE', () => give('huge-claim.png')],
    ['TOO_LARGE', async () => pictures.give('/large.png', uniquePng(21 * 1024 * 1024))],
  ])('is %s, and the one before stays', async (reason, address) => {
    const { client } = await newUser(admin);
    const before = await fetchAvatar(client, pictures.give('/before.png', uniquePng()));
    const files = stored();
    const { data, errors } = await fetchAvatarAnswer(client, await address());
    expect(errors).toBeUndefined();
    expect(data?.fetchAvatar).toEqual({
      __typename: 'FetchAvatarFailure',
      code: 'AVATAR_DOWNLOAD_FAILED',
      legacyCode: 53003,
      message: 'The avatar could not be fetched.',
      reason,
    });
    expect(await avatarOf(client)).toEqual(before);
    expect(stored()).toEqual(files);
    expect(filesBelow(join(server.dataDir, 'spool'))).toEqual([]);
  });
});

describe('the legacy route', () => {
  const post = async (client: Client, body: object | FormData, headers: Record<string, string> = {}) => {
    const isForm = body instanceof FormData;
    const response = await client.send('/avatar', {
      method: 'POST',
      headers: { ...(isForm ? {} : { 'content-type': 'application/json' }), ...headers },
      body: isForm ? body : JSON.stringify(body),
    });
    return [response.status, await response.json()] as const;
  };

  test('takes JSON and forms, and gives the address', async () => {
    const { client } = await newUser(admin);
    const avatarUrl = pictures.give('/legacy.png', uniquePng());
    const form = new FormData();
    form.set('avatarUrl', avatarUrl);
    for (const body of [{ avatarUrl }, form]) {
      const [status, answer] = await post(client, body);
      expect([status, answer]).toEqual([
        200,
        { code: 0, msg: 'ok', data: { url: String((await avatarOf(client))?.url) } },
      ]);
      expect((await fetch((answer as { data: { url: string } }).data.url)).status).toBe(200);
    }
  });

  test.each([
    ['an address without a picture', { avatarUrl: 'http://127.0.0.1:1/' }],
    ['no address', {}],
  ])('says 53003 in Chinese for %s', async (_what, body) => {
    expect(await post(admin, body)).toEqual([200, { code: 53003, msg: '下载头像失败' }]);
  });

  test('needs a login, and no page of another origin', async () => {
    const body = { avatarUrl: `${pictures.url}/legacy.png` };
    expect(await post(new Client(server.url), body)).toEqual([200, { code: 40101, msg: '请先登录' }]);
    const [status] = await post(admin, body, { origin: 'https://evil.example.com' });
    expect(status).toBe(403);
  });
});

test('the commands sweep and verify leave avatars as they are', async () => {
  const { client } = await newUser(admin);
  const avatar = await fetchAvatar(client, pictures.give('/swept.png', uniquePng()));
  const files = stored();
  const env = { DATA_DIR: server.dataDir };
  for (const command of ['sweep', 'verify']) {
    const { exitCode } = await runCli([command], { env });
    expect([command, exitCode]).toEqual([command, 0]);
  }
  expect(stored()).toEqual(files);
  expect((await fetch(avatar.url)).status).toBe(200);
});

test('the placeholder of an avatar is made as that of any picture', async () => {
  const { client } = await newUser(admin);
  await fetchAvatar(client, await give('photo.jpg'));
  await until('the placeholder', async () => {
    const { me } = await client.data<{ me: { avatar: { placeholder: string | null } } }>(
      '{ me { avatar { placeholder } } }',
    );
    return me.avatar.placeholder ?? undefined;
  });
});
