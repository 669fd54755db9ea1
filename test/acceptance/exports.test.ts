import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import ExcelJS from 'exceljs';
import sharp from 'sharp';
import { Client, fixture } from '../support/client.ts';
import { addManyMaterials, exportPath, PERIOD, parseCsv, problemOf, sheetsOf } from '../support/exports.ts';
import { uniquePng } from '../support/pictures.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { newMall, newUser } from '../support/users.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

let server: StockroomServer;
let admin: Client;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
}, 60_000);
afterAll(async () => await server[Symbol.asyncDispose]());

describe('a report at its address', () => {
  test.each([
    ['en', 'materials', 'materials_2026-11-01_2026-11-22.xlsx'],
    ['zh', 'materials', '素材_2026-11-01_2026-11-22.xlsx'],
    ['zh-CN', 'image-fetches', '图片抓取_2026-11-01_2026-11-22.xlsx'],
  ])('is an attachment with a name in the language %s: %s', async (lang, report, name) => {
    const path = `/exports/${report}.xlsx?startTime=2026-11-01&endTime=2026-11-22`;
    for (const request of [
      () => admin.send(`${path}&lang=${lang}`, { headers: { 'accept-language': 'en' } }),
      () => admin.send(path, { headers: { 'accept-language': lang } }),
    ]) {
      const { status, headers } = await request();
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe(XLSX);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      const disposition = String(headers.get('content-disposition'));
      const plain = `${report}_2026-11-01_2026-11-22.xlsx`;
      expect(disposition).toStartWith('attachment;');
      expect(disposition).toContain(plain);
      if (name !== plain) expect(disposition).toContain(`filename*=UTF-8''${encodeURIComponent(name)}`);
    }
  });

  test('has its headers in the language that is asked for', async () => {
    const csv = await admin.send(exportPath('usage.csv', { lang: 'zh' }));
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await csv.text()).toContain('商城编号,商城,类型,月份');
    const workbook = await admin.send(exportPath('usage.xlsx', { lang: 'zh' }));
    expect([...(await sheetsOf(await workbook.bytes())).keys()]).toEqual(['用量', '合计', '说明']);
  });

  test('answers HEAD like GET, without making it', async () => {
    const get = await admin.send(exportPath('materials.csv'));
    await get.bytes();
    const before = await admin.send(exportPath('activity.csv'));
    const made = parseCsv(await before.text()).length;
    const head = await admin.send(exportPath('materials.csv'), { method: 'HEAD' });
    expect([head.status, (await head.bytes()).byteLength]).toEqual([200, 0]);
    for (const name of ['content-type', 'content-disposition', 'cache-control']) {
      expect(head.headers.get(name)).toBe(String(get.headers.get(name)));
    }
    const after = parseCsv(await (await admin.send(exportPath('activity.csv'))).text()).length;
    // One for the list itself.
    expect(after).toBe(made + 1);
    expect((await admin.send(exportPath('materials.csv'), { method: 'POST' })).status).toBe(405);
  });

  test('is given to API tokens that may read, of their mall', async () => {
    const mallId = await newMall(admin, 'of a token');
    await admin.upload([new File([uniquePng()], 'a.png')], { mallId });
    await admin.upload([new File([uniquePng()], 'b.png')]);
    const tokenOf = async (scope: string) => {
      const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
        `mutation { createApiToken(name: "export", scopes: ${scope}, mallId: ${mallId}) { token } }`,
      );
      return { authorization: `Bearer ${createApiToken.token}` };
    };
    const visitor = new Client(server.url);
    const read = await tokenOf('READ');
    const rows = parseCsv(await (await visitor.send(exportPath('materials.csv'), { headers: read })).text());
    expect(rows.map(({ Name }) => Name)).toEqual(['a.png']);
    const other = await visitor.send(exportPath('materials.csv', { mallId: '1' }), { headers: read });
    expect((await problemOf(other)).slice(0, 2)).toEqual([404, 'NOT_FOUND']);
    const write = await visitor.send(exportPath('materials.csv'), { headers: await tokenOf('WRITE') });
    expect((await problemOf(write)).slice(0, 2)).toEqual([403, 'FORBIDDEN']);
  });
});

describe('a report with pictures', () => {
  const thumbnails = { thumbnails: 'true', lang: 'en' };

  test('has a small one in each row that can have one', async () => {
    const mallId = await newMall(admin, 'pictures');
    const odd = '=1+1 _x0041_ <&>\u0001 图.wav';
    await admin.upload([await fixture('photo.jpg'), await fixture('plain.wav', odd)], { mallId });
    const path = exportPath('materials.xlsx', { mallId: String(mallId), ...thumbnails });
    const workbook = new ExcelJS.Workbook();
    const bytes = await (await admin.send(path)).bytes();
    await workbook.xlsx.load(bytes.buffer as ArrayBuffer);
    const sheet = workbook.getWorksheet('Materials');
    const names = [2, 3].map((row) => sheet?.getRow(row).getCell(6).value);
    expect(names.sort()).toEqual([odd, 'photo.jpg']);
    expect(sheet?.getRow(2).getCell(18).value).toBeInstanceOf(Date);
    const images = sheet?.getImages() ?? [];
    expect(images).toHaveLength(1);
    const { buffer } = workbook.getImage(Number(images[0]?.imageId));
    expect(await sharp(Buffer.from(buffer as ArrayBuffer)).metadata()).toMatchObject({
      width: 160,
      height: 120,
    });
    expect([...(await sheetsOf(bytes)).keys()]).toEqual(['Materials', 'Totals', 'About']);
  });

  test('of more than 1,000 rows is refused', async () => {
    const mallId = await newMall(admin, 'too many pictures');
    const sql = await openSql(server, {});
    await addManyMaterials(sql, mallId, 1001);
    await sql.end({ timeout: 1 });
    const path = exportPath('materials.xlsx', { mallId: String(mallId), ...thumbnails });
    const [status, code, title] = await problemOf(await admin.send(path));
    expect([status, code]).toEqual([400, 'PARAMS_INVALID']);
    expect(title).toContain('thumbnails');
  });
});

describe('a problem document', () => {
  const day = { startTime: '2026-11-01', endTime: '2026-11-22' };
  test.each([
    ['a start that is missing', { endTime: '2026-11-22' }, 'startTime'],
    ['an end that is missing', { startTime: '2026-11-01' }, 'endTime'],
    ['an empty end', { ...day, endTime: '' }, 'endTime'],
    ['a day that there is not', { ...day, startTime: '2026-02-30' }, 'startTime'],
    ['a start that is no time', { ...day, startTime: 'yesterday' }, 'startTime'],
    ['an end before the start', { startTime: '2026-11-22', endTime: '2026-11-21' }, 'endTime'],
    ['a time zone that there is not', { ...day, timeZone: 'Asia/Atlantis' }, 'timeZone'],
    ['an offset for a time zone', { ...day, timeZone: '+08:00' }, 'timeZone'],
    ['a mall that is no number', { ...day, mallId: '1 or 1=1' }, 'mallId'],
    ['a mall beyond all numbers', { ...day, mallId: '99999999999' }, 'mallId'],
    ['a language that is not spoken', { ...day, lang: 'fr' }, 'lang'],
    ['a filter that the report has not', { ...day, state: 'SAVED' }, 'state'],
    ['a filter out of a prototype', { ...day, constructor: 'x' }, 'constructor'],
    ['a choice that is none', { ...day, kind: 'HTML' }, 'kind'],
    ['a number that is none', { ...day, uploadedBy: '-1' }, 'uploadedBy'],
    ['neither true nor false', { ...day, trashed: 'maybe' }, 'trashed'],
    ['a text without end', { ...day, name: 'x'.repeat(5000) }, 'name'],
    ['pictures in CSV', { ...day, thumbnails: 'true' }, 'thumbnails'],
  ])('answers %s, and names it', async (_what, query, parameter) => {
    const response = await admin.send(`/exports/materials.csv?${new URLSearchParams({ ...query })}`);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const [status, code, title] = await problemOf(response);
    expect([status, code]).toEqual([400, 'PARAMS_INVALID']);
    expect(title).toContain(parameter);
  });

  test('answers a parameter that is there twice', async () => {
    const [status, code, title] = await problemOf(
      await admin.send(`${exportPath('usage.csv')}&lang=en&lang=zh`),
    );
    expect([status, code]).toEqual([400, 'PARAMS_INVALID']);
    expect(title).toContain('lang');
  });

  test.each(['none.xlsx', 'materials.pdf', 'materials', '..%2freport.csv', 'Materials.csv', '__proto__.csv'])(
    'answers %s, which there is not',
    async (file) => {
      expect((await problemOf(await admin.send(exportPath(file)))).slice(0, 2)).toEqual([404, 'NOT_FOUND']);
    },
  );

  test('tells whoever asks for an unknown report which there are', async () => {
    const [, , title] = await problemOf(await admin.send(exportPath('none.xlsx')));
    expect(title).toContain('activity, image-fetches, materials, usage');
  });

  test('answers a visitor, and somebody with a password of others', async () => {
    const visitor = new Client(server.url);
    expect((await problemOf(await visitor.send(exportPath('usage.csv')))).slice(0, 2)).toEqual([
      401,
      'LOGIN_REQUIRED',
    ]);
  });
});

describe('the legacy route', () => {
  const post = (body: BodyInit, type?: string, client = admin) =>
    client.send('/report/export', {
      method: 'POST',
      body,
      headers: type === undefined ? {} : { 'content-type': type },
    });
  const json = (body: object, client = admin) => post(JSON.stringify(body), 'application/json', client);
  const period = { start_time: '2026-11-01', end_time: '2026-11-22 23:59:59' };

  test('gives the report of fetched pictures, in Chinese', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(period)) form.set(name, value);
    for (const answer of [
      await json(period),
      await post(form),
      await post(new URLSearchParams(period).toString(), 'application/x-www-form-urlencoded'),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(XLSX);
      const name = encodeURIComponent('图片抓取_2026-11-01_2026-11-22.xlsx');
      expect(answer.headers.get('content-disposition')).toContain(`filename*=UTF-8''${name}`);
      const sheets = await sheetsOf(await answer.bytes());
      expect(sheets.get('图片抓取')?.[0]).toContain('地址');
    }
  });

  test('gives another report, in snake case, and passes over what it does not know', async () => {
    await admin.upload([new File([uniquePng()], 'legacy.png')]);
    const answer = await json({
      start_time: PERIOD.startTime,
      end_time: PERIOD.endTime,
      report: 'materials',
      mall_id: 1,
      uploaded_by: 1,
      name: 'legacy',
      page_size: 20,
      lang: 'en',
    });
    const rows = (await sheetsOf(await answer.bytes())).get('Materials') ?? [];
    expect(rows).toHaveLength(2);
    expect(rows[1]).toContain('legacy.png');
  });

  test('says what was said to a client that leaves out a time', async () => {
    for (const body of [
      {},
      { start_time: '2026-11-01' },
      { ...period, end_time: '' },
      { ...period, start_time: null },
    ]) {
      const answer = await json(body);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ code: 40_002, msg: '必填参数有缺失' });
    }
  });

  test.each([
    [{ start_time: '2026-11-23' }, /：end_time 早于 start_time$/],
    [{ end_time: 'x' }, /：end_time 须为/],
    [{ time_zone: 'Mars' }, /：time_zone 须为/],
    [{ report: 'materials', uploaded_by: 'x' }, /：uploaded_by 须为/],
  ])('says what is wrong by the names that it takes: %p', async (values, message) => {
    const answer = await json({ ...period, ...values });
    expect(await answer.json()).toEqual({ code: 40_002, msg: expect.stringMatching(message) });
  });

  test('answers other faults in the envelope', async () => {
    const viewer = await newUser(admin);
    for (const [answer, code] of [
      [await json({ ...period, start_time: 'x' }), 40_002],
      [await json({ ...period, report: 'none' }), 40_002],
      [await json({ ...period, mall_id: 1 }, viewer.client), 40_002],
      [await post('{', 'application/json'), 40_001],
      [await json(period, new Client(server.url)), 40_101],
    ] as const) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ code, msg: expect.any(String) });
    }
  });
});
