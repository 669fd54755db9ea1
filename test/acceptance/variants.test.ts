import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Client, fixture } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { gifOfFrames, undecodablePng } from '../support/pictures.ts';
import { residentBytes } from '../support/processes.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const ffmpeg = Bun.which('ffmpeg');

let server: StockroomServer;
let client: Client;
beforeAll(async () => {
  server = await startStockroom();
  client = await Client.loggedIn(server.url);
});
afterAll(async () => await server[Symbol.asyncDispose]());

/** Path of an uploaded file, after `/files`. */
async function uploaded(file: File | string): Promise<string> {
  const [result] = await client.upload([typeof file === 'string' ? await fixture(file) : file]);
  if (result?.__typename !== 'Material') throw new Error(JSON.stringify(result));
  return String(result.basePath);
}

function get(path: string, query: string, headers: Record<string, string> = {}, at = server) {
  return fetch(`${at.url}/files${path}?${query}`, { headers: { accept: '*/*', ...headers } });
}

async function picture(answer: Response) {
  expect(answer.status).toBe(200);
  const { format, width, height, pages } = await sharp(await answer.arrayBuffer()).metadata();
  return { format, width, height, pages };
}

async function code(answer: Response): Promise<[number, string]> {
  const { code } = (await answer.json()) as { code: string };
  return [answer.status, code];
}

describe('a picture made to measure', () => {
  test('has the size that is asked for', async () => {
    const path = await uploaded('photo.jpg');
    expect(await picture(await get(path, 'w=400'))).toMatchObject({
      format: 'jpeg',
      width: 400,
      height: 300,
    });
    expect(await picture(await get(path, 'w=401'))).toMatchObject({ width: 480, height: 360 });
    expect(await picture(await get(path, 'w=160&dpr=2'))).toMatchObject({ width: 320, height: 240 });
    expect(await picture(await get(path, 'w=400&h=400&focus=attention'))).toMatchObject({
      width: 400,
      height: 400,
    });
    expect(await picture(await get(path, 'h=160&rotate=90&format=png'))).toMatchObject({
      format: 'png',
      width: 120,
    });
    // Nothing is enlarged.
    expect(await picture(await get(path, 'w=4000'))).toMatchObject({ width: 1200, height: 900 });
  });

  test('is what the client takes when the format is left to it', async () => {
    const path = await uploaded('photo.jpg');
    const modern = await get(path, 'w=160&format=auto', { accept: CHROME });
    expect([modern.headers.get('content-type'), modern.headers.get('vary')]).toEqual([
      'image/webp',
      'Accept',
    ]);
    const plain = await get(path, 'w=160&format=auto');
    expect([plain.headers.get('content-type'), plain.headers.get('vary')]).toEqual(['image/jpeg', 'Accept']);
    expect(plain.headers.get('etag')).not.toBe(modern.headers.get('etag'));
    expect((await get(path, 'w=160', { accept: CHROME })).headers.get('vary')).toBeNull();
  });

  test('of HEIC is a JPEG, or WebP, and the original stays', async () => {
    const path = await uploaded('rotated.heic');
    expect(await picture(await get(path, 'format=auto'))).toMatchObject({
      format: 'jpeg',
      width: 48,
      height: 64,
    });
    expect(await picture(await get(path, 'format=auto', { accept: CHROME }))).toMatchObject({
      format: 'webp',
    });
    expect((await get(path, '')).headers.get('content-type')).toBe('image/heic');
  });

  test('of an animation is animated', async () => {
    const path = await uploaded('animated.gif');
    expect((await picture(await get(path, 'w=32'))).pages).toBeGreaterThan(1);
    expect((await picture(await get(path, 'w=32&format=webp'))).pages).toBeGreaterThan(1);
    expect((await picture(await get(path, 'w=32&format=png'))).format).toBe('png');
  });

  test('is answered with ranges, conditions and the headers of any file', async () => {
    const path = await uploaded('photo.jpg');
    const answer = await get(path, 'w=640');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\da-f]{32}"$/);
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    const part = await get(path, 'w=640', { range: 'bytes=10-19', 'if-range': etag });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${bytes.length}`]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(10, 20));
    expect((await get(path, 'w=640', { 'if-none-match': etag })).status).toBe(304);
    expect((await get(path, 'w=320', { 'if-none-match': etag })).status).toBe(200);
    const head = await fetch(`${server.url}/files${path}?w=640`, { method: 'HEAD' });
    expect(head.headers.get('etag')).toBe(etag);
  });

  test('has the address that GraphQL tells, which may be cached for ever', async () => {
    const [material] = await client.upload([await fixture('photo.jpg')]);
    const { material: shown } = await client.data<{
      material: { url: string; plain: string; posterUrl: null };
    }>(
      `query ($id: ID!) { material(id: $id) {
        url(width: 390, height: 290, format: WEBP, quality: 71) plain: url posterUrl } }`,
      { id: material?.id },
    );
    expect(shown.url).toBe(`${shown.plain}&w=400&h=300&format=webp&q=75`);
    expect(shown.posterUrl).toBeNull();
    const answer = await fetch(shown.url);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(await picture(answer)).toMatchObject({ format: 'webp', width: 400, height: 300 });
    const wrong = await client.graphql('query ($id: ID!) { material(id: $id) { url(width: 0) } }', {
      id: material?.id,
    });
    expect(wrong.errors?.[0]?.extensions.code).toBe('PARAMS_INVALID');
  });
});

describe('what cannot be', () => {
  test('has another address when the focal point moves, and only where it is cut', async () => {
    const [material] = await client.upload([await fixture('photo.jpg')]);
    const addresses = async (focalPoint: object | null) => {
      const { updateMaterial } = await client.data<{ updateMaterial: { cut: string; whole: string } }>(
        `mutation ($id: ID!, $focalPoint: FocalPointInput) {
          updateMaterial(id: $id, input: { focalPoint: $focalPoint }) {
            cut: url(width: 100, height: 400) whole: url(width: 100, height: 400, fit: INSIDE)
          }
        }`,
        { id: material?.id, focalPoint },
      );
      return updateMaterial;
    };
    const [left, right, none] = [
      await addresses({ x: 0.1, y: 0.5 }),
      await addresses({ x: 0.9, y: 0.5 }),
      await addresses(null),
    ];
    expect(left.cut).toEndWith('&focus=0.1,0.5');
    expect(right.cut).toEndWith('&focus=0.9,0.5');
    expect(none.cut).toEndWith('&w=100&h=400');
    expect([right.whole, none.whole]).toEqual([left.whole, left.whole]);
    const bytes = await Promise.all([left, right].map(async ({ cut }) => (await fetch(cut)).bytes()));
    expect(bytes[0]).not.toEqual(bytes[1] as Uint8Array<ArrayBuffer>);
  });

  test.each(['w=x', 'w=4&w=5', 'w=', 'format=svg', 'w=99999999', 'bg=%00', 'focus=%FF'])(
    '%s is refused with a detail',
    async (query) => {
      const answer = await get(await uploaded('plain.png'), query);
      expect(await answer.clone().text()).toMatch(/"title":"[^"]+ (w|format|bg|focus) [^"]+\."/);
      expect(await code(answer)).toEqual([400, 'PARAMS_INVALID']);
    },
  );

  test('a sound has no pictures, and a path without a file none either', async () => {
    expect(await code(await get(await uploaded('plain.mp3'), 'w=100'))).toEqual([400, 'PARAMS_INVALID']);
    expect(await code(await get(await uploaded('plain.mp3'), 'poster'))).toEqual([400, 'PARAMS_INVALID']);
    expect(await code(await get('/mall/2026-01-01/none.jpg', 'w=100'))).toEqual([404, 'NOT_FOUND']);
  });

  test('pictures that do not decode are 422, each time, and the server lives on', async () => {
    const path = await uploaded(new File([undecodablePng()], 'broken.png'));
    for (const query of ['w=32', 'w=32', 'w=48']) {
      expect(await code(await get(path, query))).toEqual([422, 'FILE_DAMAGED']);
    }
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe('hostile pictures', () => {
  test('of 10,000 frames, or of frames as large as a screen, cost little', async () => {
    const many = await uploaded(new File([gifOfFrames(10_000)], 'many.gif'));
    expect(await picture(await get(many, 'w=32'))).toMatchObject({ format: 'gif' });
    const wide = await uploaded(new File([gifOfFrames(900, 1000, 1000)], 'wide.gif'));
    const begun = performance.now();
    expect(await picture(await get(wide, 'w=96&format=webp'))).toMatchObject({ width: 96, height: 96 });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test('that unpack to a hundred times their size keep the memory of the server in bounds', async () => {
    const bomb = await sharp({ create: { width: 6000, height: 6000, channels: 4, background: '#f008' } })
      .png({ compressionLevel: 9, progressive: true })
      .toBuffer();
    expect(bomb.length).toBeLessThan(2_000_000);
    const path = await uploaded(new File([new Uint8Array(bomb)], 'bomb.png'));
    const before = residentBytes(server.process.pid);
    const answers = await Promise.all(['w=16', 'w=32', 'w=48', 'w=64'].map((query) => get(path, query)));
    for (const answer of answers) expect([200, 422, 503]).toContain(answer.status);
    expect(residentBytes(server.process.pid) - before).toBeLessThan(100_000_000);
    expect(await picture(await get(await uploaded('photo.jpg'), 'w=240'))).toMatchObject({ width: 240 });
  });

  test('claims beyond the limit are refused at a server with a lower one', async () => {
    await using directory = await temporaryDirectory();
    let path: string;
    {
      await using generous = await startStockroom({ dataDir: directory.path });
      const [result] = await (await Client.loggedIn(generous.url)).upload([await fixture('photo.jpg')]);
      path = String(result?.basePath);
    }
    await using strict = await startStockroom({
      dataDir: directory.path,
      env: { MAX_IMAGE_PIXELS: '1000000' },
    });
    // Once the placeholder was tried the picture counts as damaged.
    const refused = expect.stringMatching(/^(IMAGE_TOO_LARGE|FILE_DAMAGED)$/);
    expect(await code(await get(path, 'w=32', {}, strict))).toEqual([422, refused]);
  });
});

describe('the cache', () => {
  const kept = (at: StockroomServer) =>
    filesBelow(join(at.dataDir, 'variants')).filter((name) => !name.startsWith('partial'));

  test('makes equal requests at once one picture, and keeps it over a restart', async () => {
    await using directory = await temporaryDirectory();
    let path = '';
    let etag: string | null = null;
    {
      await using own = await startStockroom({ dataDir: directory.path });
      const [result] = await (await Client.loggedIn(own.url)).upload([await fixture('photo.jpg')]);
      path = String(result?.basePath);
      const leaving = new AbortController();
      const left = fetch(`${own.url}/files${path}?w=800`, { signal: leaving.signal }).catch(() => 'left');
      const answers = Promise.all(Array.from({ length: 20 }, () => get(path, 'w=800', {}, own)));
      leaving.abort();
      await left;
      const etags = new Set(
        (await answers).map((answer) => [answer.status, answer.headers.get('etag')].join()),
      );
      expect(etags.size).toBe(1);
      etag = (await answers)[0]?.headers.get('etag') ?? null;
      expect(kept(own)).toHaveLength(1);
      await own.kill();
    }
    // A file that was cut by a crash of the machine, and one that was being made.
    await writeFile(join(directory.path, 'variants', 'partial', 'half'), 'half');
    await using again = await startStockroom({ dataDir: directory.path });
    const answer = await get(path, 'w=800', {}, again);
    expect(answer.headers.get('etag')).toBe(etag);
    expect(await picture(answer)).toMatchObject({ width: 800 });
    expect(kept(again)).toHaveLength(1);
    await until('the half file to be gone', () =>
      existsSync(join(directory.path, 'variants', 'partial', 'half')) ? undefined : true,
    );
  });

  test('stays in its bounds, and pictures are answered without it', async () => {
    await using own = await startStockroom({ env: { VARIANT_CACHE_BYTES: '20000' } });
    const [result] = await (await Client.loggedIn(own.url)).upload([await fixture('photo.jpg')]);
    const path = String(result?.basePath);
    for (const w of [16, 32, 48, 64, 96, 128]) expect((await get(path, `w=${w}`, {}, own)).status).toBe(200);
    expect(kept(own).length).toBeLessThanOrEqual(4);
    const large = await get(path, 'w=1200', {}, own);
    expect(await picture(large)).toMatchObject({ width: 1200 });
    expect(kept(own).length).toBeLessThanOrEqual(4);
  });

  test('that cannot be written costs no answer', async () => {
    await using own = await startStockroom();
    const [result] = await (await Client.loggedIn(own.url)).upload([await fixture('photo.jpg')]);
    await Bun.$`rm -r ${join(own.dataDir, 'variants')}`;
    await writeFile(join(own.dataDir, 'variants'), 'in the way');
    const answer = await get(String(result?.basePath), 'w=320', {}, own);
    expect(await picture(answer)).toMatchObject({ width: 320, height: 240 });
  });

  test('has nothing to do for a flood of sizes but some hundred', async () => {
    const path = await uploaded('plain.jpg');
    const before = kept(server).length;
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => get(path, `w=${i + 1}&q=${(i % 100) + 1}`)),
    );
    for (const answer of answers) expect([200, 503]).toContain(answer.status);
    expect(kept(server).length - before).toBeLessThanOrEqual(200);
  });
});

describe.skipIf(missing('ffmpeg', ffmpeg))('posters of videos', () => {
  test.each([
    ['index-first.mp4', 'video'],
    ['plain.webm', 'video'],
    ['plain.mov', 'video'],
    ['plain.avi', 'video'],
    ['plain.wmv', 'video'],
    ['plain.m2ts', 'video'],
  ])('%s has one', async (name) => {
    const path = await uploaded(name);
    expect(await picture(await get(path, 'poster'))).toMatchObject({ format: 'jpeg' });
    expect(await picture(await get(path, 'poster&w=32&format=webp'))).toMatchObject({
      format: 'webp',
      width: 32,
    });
  });

  test('are shown as the video is: turned, and with its pixels in shape', async () => {
    for (const name of ['rotated.mp4', 'wide-pixels.mp4']) {
      const [material] = await client.upload([await fixture(name)]);
      const { width, height } = await picture(await get(String(material?.basePath), 'poster'));
      expect([name, width, height]).toEqual([name, Number(material?.width), Number(material?.height)]);
    }
  });

  test('have an address in GraphQL', async () => {
    const [video] = await client.upload([await fixture('index-first.mp4')]);
    const { material } = await client.data<{ material: { posterUrl: string } }>(
      'query ($id: ID!) { material(id: $id) { posterUrl(width: 32, format: AUTO) } }',
      { id: video?.id },
    );
    expect(material.posterUrl).toMatch(/\?v=[\da-f]{16}&poster&w=32&format=auto$/);
    expect(await picture(await fetch(material.posterUrl))).toMatchObject({ width: 32 });
  });

  test('of a sound in a video container, and of a picture, there are none', async () => {
    expect((await get(await uploaded('sound-only.mp4'), 'poster')).status).toBeGreaterThanOrEqual(400);
    expect(await code(await get(await uploaded('plain.png'), 'poster'))).toEqual([400, 'PARAMS_INVALID']);
  });

  test('are missing where ffmpeg is', async () => {
    await using own = await startStockroom({ env: { PATH: '/nonexistent' } });
    const caller = await Client.loggedIn(own.url);
    const [video] = await caller.upload([await fixture('index-first.mp4')]);
    const { material } = await caller.data<{ material: { posterUrl: null } }>(
      'query ($id: ID!) { material(id: $id) { posterUrl } }',
      { id: video?.id },
    );
    expect(material.posterUrl).toBeNull();
    expect(await code(await get(String(video?.basePath), 'poster', {}, own))).toEqual([404, 'NOT_FOUND']);
  });
});
