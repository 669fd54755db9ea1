import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, fixture } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { LOOPBACK_ALLOWED, saveImage, saveImageAnswer, saveImages } from '../support/remote-pictures.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { countMaterials } from '../support/upload.ts';
import { newMall, newUser } from '../support/users.ts';

const MAX_BYTES = 400_000;

let server: StockroomServer;
let client: Client;
let pictures: PictureServer;
beforeAll(async () => {
  pictures = await PictureServer.start();
  server = await startStockroom({
    env: {
      ...LOOPBACK_ALLOWED,
      REMOTE_MAX_BYTES: String(MAX_BYTES),
      REMOTE_TIMEOUT_MS: '1000',
      REMOTE_FETCHES_PER_MINUTE: '0',
    },
  });
  client = await Client.loggedIn(server.url);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await pictures[Symbol.asyncDispose]();
});

describe('a picture from elsewhere', () => {
  test.each([
    ['photo.jpg', 'image/jpeg', 'jpg'],
    ['orientation-6.jpg', 'image/jpeg', 'jpg'],
    ['plain.png', 'image/png', 'png'],
    ['plain.webp', 'image/webp', 'webp'],
    ['plain.avif', 'image/avif', 'avif'],
    ['plain.heic', 'image/heic', 'heic'],
    ['animated.gif', 'image/gif', 'gif'],
  ])('is kept byte for byte: %s', async (name, mimeType, extension) => {
    const bytes = await (await fixture(name)).bytes();
    const url = pictures.give(`/kept/${name}`, bytes, { 'content-type': 'text/html' });
    const saved = await saveImage(client, url);
    expect(saved).toMatchObject({ sourceUrl: url, success: true, code: null, message: null });
    expect(saved.path).toMatch(new RegExp(`^/etp_qr_img/\\d{8}/[\\da-f-]{36}\\.${extension}$`));
    expect(saved.path).toEndWith(`/${saved.name}`);
    expect(saved.material).toMatchObject({
      originFilename: name,
      basePath: saved.path,
      folder: 'etp_qr_img',
      mimeType,
      size: bytes.byteLength,
      sha256: sha256(bytes),
      source: 'REMOTE',
    });
    expect(sha256(await (await fetch(String(saved.url))).bytes())).toBe(sha256(bytes));
  });

  test('has the day of TIME_ZONE in its path', async () => {
    const { path } = await saveImage(client, pictures.give('/day.png', uniquePng()));
    const days = [0, 1].map((minutesAgo) =>
      new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', dateStyle: 'short' })
        .format(Date.now() - minutesAgo * 60_000)
        .replaceAll('-', ''),
    );
    expect(days).toContain(String(path?.split('/')[2]));
  });

  test('goes into the folder that is asked for, under the same path', async () => {
    const url = pictures.give('/folder.png', uniquePng());
    const saved = await saveImage(client, url, { folder: ' spring / codes ' });
    expect(saved.material?.folder).toBe('spring/codes');
    expect(saved.path).toStartWith('/etp_qr_img/');
  });

  test('tells where it came from, without the password that got it', async () => {
    const bytes = uniquePng();
    const plain = pictures.give('/origin.png', bytes, { etag: '"v1"' });
    const saved = await saveImage(client, `${plain}?size=9#part`);
    const begun = Date.parse(saved.material?.provenance.fetchedAt ?? '');
    expect(saved.material?.provenance).toMatchObject({ url: `${plain}?size=9`, etag: '"v1"' });
    expect(Math.abs(Date.now() - begun)).toBeLessThan(60_000);
    const [uploaded] = await client.upload([new File([uniquePng()], 'own.png')]);
    const { material } = await client.data('query ($id: ID!) { material(id: $id) { provenance { url } } }', {
      id: uploaded?.id,
    });
    expect(material).toEqual({ provenance: null });
  });

  test.each([
    ['the last part of the address', '/a/b/%E4%B8%AD%20x.png', {}, '中 x.png'],
    [
      'what the server says',
      '/a/b/c',
      { 'content-disposition': 'attachment; filename="code.png"' },
      'code.png',
    ],
    [
      'what it says in UTF-8',
      '/a/b/d',
      { 'content-disposition': "inline; filename=x.png; filename*=UTF-8''%E7%A0%81.png" },
      '码.png',
    ],
    ['something, where there is nothing', '/', {}, 'picture'],
    ['its end, where it is too long', `/${'y'.repeat(1500)}.png`, {}, `${'y'.repeat(1020)}.png`],
    ['the bare text, where it does not decode', '/%E4%B8.png', {}, '%E4%B8.png'],
    ['no NUL', '/a%00b.png', {}, 'a\uFFFDb.png'],
  ])('is called by %s', async (_what, path, headers, name) => {
    const url = pictures.give(new URL(path, pictures.url).pathname, uniquePng(), headers);
    expect((await saveImage(client, url)).material?.originFilename).toBe(name);
  });

  test('is followed through redirects', async () => {
    const target = pictures.give('/target.png', uniquePng());
    const url = pictures.at('/moved.png', (response) => response.writeHead(302, { location: target }).end());
    const saved = await saveImage(client, url);
    expect(saved.success).toBe(true);
    expect(saved.material?.provenance).toMatchObject({ url });
  });

  test('shares its bytes with an equal one of the mall', async () => {
    const bytes = uniquePng();
    const url = pictures.give('/equal.png', bytes);
    const before = filesBelow(join(server.dataDir, 'files')).length;
    const [uploaded] = await client.upload([new File([bytes], 'first.png')]);
    const saved = await saveImage(client, url);
    expect(saved.material?.id).not.toBe(String(uploaded?.id));
    expect(filesBelow(join(server.dataDir, 'files')).length).toBe(before + 1);
  });
});

describe('what is not kept', () => {
  const html = Buffer.from('<!doctype html><script>alert(1)</script>');
  const cases: readonly (readonly [string, () => string | Promise<string>, string])[] = [
    ['HTML named .jpg', () => pictures.give('/page.jpg', html), 'REMOTE_NOT_AN_IMAGE'],
    ['SVG', () => given('picture.svg'), 'REMOTE_NOT_AN_IMAGE'],
    ['a video', () => given('index-first.mp4'), 'REMOTE_NOT_AN_IMAGE'],
    ['a BMP', () => given('plain.bmp'), 'REMOTE_NOT_AN_IMAGE'],
    ['nothing', () => pictures.give('/empty.png', new Uint8Array()), 'REMOTE_NOT_AN_IMAGE'],
    [
      'half a picture',
      async () => pictures.give('/half.jpg', (await bytesOf('photo.jpg')).subarray(0, 30_000)),
      'REMOTE_NOT_AN_IMAGE',
    ],
    ['a picture of too many pixels', () => given('huge-claim.png'), 'REMOTE_TOO_LARGE'],
    ['too many bytes', () => pictures.give('/large.png', uniquePng(MAX_BYTES)), 'REMOTE_TOO_LARGE'],
    [
      'too many bytes that nobody declared',
      () => pictures.at('/endless.png', sendForEver),
      'REMOTE_TOO_LARGE',
    ],
    ['status 404', () => `${pictures.url}/missing.png`, 'REMOTE_UNREACHABLE'],
    [
      'status 500 with a picture',
      () => pictures.at('/500.png', (response) => response.writeHead(500).end(uniquePng())),
      'REMOTE_UNREACHABLE',
    ],
    ['a body that is cut off', () => pictures.at('/cut.png', cutOff), 'REMOTE_UNREACHABLE'],
    ['a body that drips', () => pictures.at('/drip.png', drip), 'REMOTE_UNREACHABLE'],
    [
      'redirects without end',
      () => pictures.at('/loop.png', (response) => response.writeHead(302, { location: '/loop.png' }).end()),
      'REMOTE_UNREACHABLE',
    ],
    ['what is no address', () => 'not an address', 'REMOTE_UNREACHABLE'],
    ['a file of the server', () => 'file:///etc/passwd', 'REMOTE_UNREACHABLE'],
    ['an address of 9,000 characters', () => `${pictures.url}/${'x'.repeat(9000)}`, 'REMOTE_UNREACHABLE'],
  ];
  test.each(cases)('%s', async (_what, address, code) => {
    const files = filesBelow(join(server.dataDir, 'files'));
    const materials = await countMaterials(client);
    const url = await address();
    expect(await saveImage(client, url)).toMatchObject({
      sourceUrl: url,
      success: false,
      name: null,
      path: null,
      url: null,
      material: null,
      code,
      message: expect.stringMatching(/\.$/),
    });
    expect(filesBelow(join(server.dataDir, 'files'))).toEqual(files);
    expect(filesBelow(join(server.dataDir, 'spool'))).toEqual([]);
    expect(await countMaterials(client)).toBe(materials);
  });

  test('what has no room in the mall, and the mall says so', async () => {
    const { createMall } = await client.data<{ createMall: { id: number } }>(
      'mutation { createMall(name: "full", quotaBytes: 1000) { id } }',
    );
    const mallId = createMall.id;
    const url = pictures.give('/quota.png', uniquePng(2000));
    expect(await saveImage(client, url, { mallId })).toMatchObject({
      success: false,
      code: 'QUOTA_EXCEEDED',
    });
  });

  test('is told in the language of the request', async () => {
    const url = `${pictures.url}/missing.png`;
    const answer = await saveImageAnswer(client, url, {}, { 'accept-language': 'zh-CN' });
    expect(answer.data?.saveImage).toMatchObject({ message: '无法访问该地址' });
  });
});

describe('who may', () => {
  test('a mall of others is not there, and its viewers may not write', async () => {
    const url = pictures.give('/rights.png', uniquePng());
    const mallId = await newMall(client);
    const stranger = await newUser(client);
    const viewer = await newUser(client, { malls: { [mallId]: 'VIEWER' } });
    const code = async (who: Client) =>
      (await saveImageAnswer(who, url, { mallId })).errors?.[0]?.extensions.code;
    expect(await code(stranger.client)).toBe('NOT_FOUND');
    expect(await code(viewer.client)).toBe('FORBIDDEN');
    expect(await code(new Client(server.url))).toBe('LOGIN_REQUIRED');
    expect(pictures.count('/rights.png')).toBe(0);
  });

  test('an API token with the scope WRITE may', async () => {
    const url = pictures.give('/token.png', uniquePng());
    const token = async (scope: string) => {
      const made = await client.data<{ createApiToken: { token: string } }>(
        `mutation { createApiToken(name: "pictures", scopes: [${scope}], mallId: 1) { token } }`,
      );
      return { authorization: `Bearer ${made.createApiToken.token}` };
    };
    const nobody = new Client(server.url);
    const written = await saveImageAnswer(nobody, url, {}, await token('READ, WRITE'));
    expect(written.errors?.map(({ extensions }) => extensions.code) ?? []).toEqual([]);
    const read = await saveImageAnswer(nobody, url, {}, await token('READ'));
    expect(read.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('several pictures at once', () => {
  test('have an outcome each, in the order of their addresses', async () => {
    const urls = [
      pictures.give('/several/1.png', uniquePng()),
      `${pictures.url}/several/missing.png`,
      pictures.give('/several/3.png', uniquePng()),
      await given('picture.svg'),
    ];
    const outcomes = await saveImages(client, urls);
    expect(outcomes.map(({ sourceUrl, code }) => [sourceUrl, code])).toEqual([
      [urls[0] ?? '', null],
      [urls[1] ?? '', 'REMOTE_UNREACHABLE'],
      [urls[2] ?? '', null],
      [urls[3] ?? '', 'REMOTE_NOT_AN_IMAGE'],
    ]);
  });

  test('that have one address are fetched once, and are one material', async () => {
    const url = pictures.give('/twice.png', uniquePng());
    const [first, second] = await saveImages(client, [url, url]);
    expect(first?.material?.id).toBe(String(second?.material?.id));
    expect(pictures.count('/twice.png')).toBe(1);
  });

  test('are at most 20, and may be none', async () => {
    expect(await saveImages(client, [])).toEqual([]);
    for (const length of [21, 15_000]) {
      const urls = Array.from({ length }, (_, i) => `${pictures.url}/many/${i}`);
      const { errors } = await client.graphql(
        'mutation ($urls: [String!]!) { saveImages(mallId: 1, urls: $urls) { code } }',
        { urls },
      );
      expect(errors?.[0]?.extensions.code).toBe('PARAMS_INVALID');
    }
    expect(pictures.count('/many/0')).toBe(0);
  });
});

async function bytesOf(name: string): Promise<Uint8Array> {
  return await (await fixture(name)).bytes();
}

async function given(name: string): Promise<string> {
  return pictures.give(`/given/${name}`, await bytesOf(name), { 'content-type': 'image/png' });
}

function sendForEver(response: import('node:http').ServerResponse): void {
  const piece = Buffer.alloc(16_384);
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.writeHead(200, { 'content-type': 'image/png' });
  response.on('drain', more);
  more();
}

function cutOff(response: import('node:http').ServerResponse): void {
  response.writeHead(200, { 'content-length': 5000 });
  response.write(uniquePng(), () => response.destroy());
}

function drip(response: import('node:http').ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/png' });
  const timer = setInterval(() => response.write('x'), 100);
  response.on('close', () => clearInterval(timer));
}
