import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, fixture } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { FORM_TYPE, type FormPart, formBody } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { RawRequest } from '../support/raw-request.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { sendForm } from '../support/upload.ts';

const NO_FORM = '{"code":40001,"msg":"不支持的post表单"}';
const NOT_LOGGED_IN = '{"code":40101,"msg":"请先登录"}';
const BATCH_PATHS = ['/malls/1/upload_batch', '/1/upload_batch'];

describe('the legacy upload routes', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom({ env: { MAX_FILES_PER_REQUEST: '20' } });
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
  const post = async (path: string, parts: readonly FormPart[], headers: Record<string, string> = {}) => {
    const response = await sendForm(client, parts, { path, headers });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) };
  };
  const part = async (name: string, from: string, as = from): Promise<FormPart> => ({
    name,
    filename: as,
    value: await (await fixture(from)).bytes(),
  });

  test.each(BATCH_PATHS)('%s takes many files under any names and answers in their order', async (path) => {
    const day = today();
    const photo = await part('a', 'photo.jpg', '春节.jpg');
    const { status, text, body } = await post(path, [
      { name: 'title', value: 'a field that is no file' },
      photo,
      { name: 'a', filename: 'b.txt', value: 'text' },
      await part('视频[]', 'index-last.mp4', 'clip.mp4'),
      await part('', 'plain.mp3', 'song.mp3'),
      { name: 'z', filename: '', value: '' },
      await part('a', 'plain.png'),
    ]);
    expect(status).toBe(200);
    expect(body.code).toBe(0);
    expect(body.msg).toBe('ok');
    expect(Object.keys(body)).toEqual(['code', 'msg', 'data']);
    const [first] = body.data;
    expect(text).toStartWith(
      '{"code":0,"msg":"ok","data":[{"mall_id":1,"material_type":0,"base_path":"/mall/',
    );
    expect(Object.keys(first)).toEqual([
      'mall_id',
      'material_type',
      'base_path',
      'width',
      'height',
      'size',
      'origin_filename',
      'success',
    ]);
    expect(first).toMatchObject({
      mall_id: 1,
      material_type: 0,
      origin_filename: '春节.jpg',
      success: true,
      size: photo.value.length,
    });
    expect(first.width).toBeGreaterThan(0);
    const [base, of] = [String(first.base_path), day];
    expect(base.slice(0, 17)).toBe(`/mall/${of}/`);
    expect(base).toMatch(/^\/mall\/\d{4}-\d\d-\d\d\/[0-9a-f-]{36}\.jpg$/);
    expect(body.data[1]).toEqual({ origin_filename: 'b.txt', success: false });
    expect(body.data.map((row: { material_type?: number }) => row.material_type ?? 'none')).toEqual([
      0,
      'none',
      2,
      2,
      0,
    ]);
    expect(body.data.map((row: { origin_filename: string }) => row.origin_filename)).toEqual([
      '春节.jpg',
      'b.txt',
      'clip.mp4',
      'song.mp3',
      'plain.png',
    ]);
    const bytes = await (await fetch(`${server.url}/files${base}`)).bytes();
    expect(sha256(bytes)).toBe(sha256(photo.value as Uint8Array));
  });

  const WITHOUT_FILES: Record<string, readonly FormPart[]> = {
    'no parts': [],
    'fields only': [{ name: 'a', value: 'b' }],
    'a file input that was left empty': [{ name: 'a', filename: '', value: '' }],
  };
  test.each(Object.entries(WITHOUT_FILES))('answer 40001 for a form with %s', async (_, parts) => {
    for (const path of [...BATCH_PATHS, '/cms/template']) {
      const { status, text } = await post(path, parts);
      expect([path, status, text]).toEqual([path, 200, NO_FORM]);
    }
  });

  test.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])(
    'answer 40001 for a body of the type %s',
    async (type) => {
      for (const path of [...BATCH_PATHS, '/cms/template']) {
        const response = await client.send(path, {
          method: 'POST',
          headers: { 'content-type': type },
          body: '{}',
        });
        expect([path, response.status, await response.text()]).toEqual([path, 200, NO_FORM]);
      }
    },
  );

  test('answer 40101 with status 200 to those who are not logged in, also when they send much', async () => {
    const stranger = new Client(server.url);
    for (const path of [...BATCH_PATHS, '/cms/template']) {
      const response = await sendForm(
        stranger,
        [{ name: 'img', filename: 'a.png', value: uniquePng(2_000_000) }],
        { path },
      );
      expect([path, response.status, await response.text()]).toEqual([path, 200, NOT_LOGGED_IN]);
    }
    const body = formBody([{ name: 'img', filename: 'a.png', value: new Uint8Array(20_000_000) }]);
    const request = await RawRequest.open(server.url, '/malls/1/upload_batch', {
      'Content-Type': FORM_TYPE,
      'Content-Length': String(body.byteLength),
    });
    await request.write(body);
    expect((await request.answer()).text).toBe(NOT_LOGGED_IN);
    request.close();
  });

  test('answer with a code for a mall that is not there, and keep nothing', async () => {
    const before = filesBelow(join(server.dataDir, 'files'));
    const { status, body } = await post('/malls/4711/upload_batch', [await part('a', 'plain.png')]);
    expect(status).toBe(200);
    expect(body.code).not.toBe(0);
    expect(body).not.toHaveProperty('data');
    expect(filesBelow(join(server.dataDir, 'files'))).toEqual(before);
  });

  test.each(['0', '2147483648', '99999999999999999999'])(
    'answer with a code for the mall %s',
    async (mall) => {
      const { status, body } = await post(`/malls/${mall}/upload_batch`, [await part('a', 'plain.png')]);
      expect(status).toBe(200);
      expect([40002, 40401]).toContain(body.code);
    },
  );

  test('keep nothing of a form that is cut off', async () => {
    const before = filesBelow(join(server.dataDir, 'files'));
    const whole = formBody([
      { name: 'a', filename: 'a.png', value: uniquePng() },
      { name: 'b', filename: 'b.png', value: uniquePng() },
    ]);
    const response = await client.send('/malls/1/upload_batch', {
      method: 'POST',
      headers: { 'content-type': FORM_TYPE },
      body: whole.subarray(0, whole.byteLength - 30),
    });
    const { code } = (await response.json()) as { code: number };
    expect(code).toBe(40001);
    expect(filesBelow(join(server.dataDir, 'files'))).toEqual(before);
    expect(filesBelow(join(server.dataDir, 'spool'))).toEqual([]);
  });

  test('refuse too many files with 413', async () => {
    const parts = Array.from({ length: 21 }, () => ({ name: 'a', filename: 'a.png', value: uniquePng() }));
    const { status, body } = await post('/malls/1/upload_batch', parts);
    expect(status).toBe(413);
    expect(body.code).not.toBe(0);
  });

  test('/cms/template keeps files under their own names, made safe, and overwrites none', async () => {
    const day = today();
    const value = uniquePng();
    const other = uniquePng();
    const names = [
      'banner.png',
      'banner.png',
      '春节 横幅.png',
      '../../etc/passwd',
      'C:\\a\\b c.PNG',
      '.htaccess',
      'page.html',
      '<script>.png',
    ];
    const parts = names.map((filename, i) => ({ name: 'img', filename, value: i === 1 ? other : value }));
    const { status, body } = await post('/cms/template', [
      { name: 'other', filename: 'ignored.png', value },
      ...parts,
    ]);
    expect([status, body.code, body.msg]).toEqual([200, 0, 'ok']);
    expect(body.data).toEqual(
      [
        'banner.png',
        'banner-2.png',
        '春节-横幅.png',
        'passwd.png',
        'b-c.png',
        'htaccess.png',
        'page.html.png',
        'script.png',
      ].map((name) => `/cms/template/${day}/${name}`),
    );
    const again = await post('/cms/template', [{ name: 'img', filename: 'banner.png', value: other }]);
    expect(again.body.data).toEqual([`/cms/template/${day}/banner-3.png`]);
    for (const [path, bytes] of [
      [body.data[0], value],
      [body.data[1], other],
      [body.data[2], value],
      [again.body.data[0], other],
    ]) {
      const response = await fetch(`${server.url}/files${encodeURI(path)}`);
      expect(sha256(await response.bytes())).toBe(sha256(bytes));
    }
  });

  test('/cms/template answers 50000 when a file is no picture, video or sound', async () => {
    const { status, text } = await post('/cms/template', [{ name: 'img', filename: 'a.png', value: 'text' }]);
    expect([status, text]).toEqual([200, '{"code":50000,"msg":"服务内部故障"}']);
  });

  test('gives names to many templates that come at once, each its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 24 }, () =>
        post('/cms/template', [{ name: 'img', filename: 'rush.png', value: uniquePng() }]),
      ),
    );
    const paths = answers.flatMap(({ body }) => body.data as string[]);
    expect(new Set(paths).size).toBe(24);
  });
});
