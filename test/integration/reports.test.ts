import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Client } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { csvRows, exportPath, PERIOD, problemOf, sheetsOf } from '../support/exports.ts';
import { Library, makeRows } from '../support/library.ts';
import { each } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { usedBytes } from '../support/sql.ts';
import { newMall, newUser, outcomeOf } from '../support/users.ts';

/** What breaks out of literals, patterns and statements that were put together carelessly. */
const HOSTILE = [
  "it's",
  "'; drop table materials; --",
  "\\'; drop table materials; --",
  '$$; select 1; $$',
  '$1 ? :name %s',
  '";--',
  "E'\\x27'",
  '\\',
  '\\\\',
  "' or ''='",
  '/* */',
  '100%_',
  '\u{1f600}\u2028',
] as const;

describeEachDatabase('reports', (fresh) => {
  let library: Library;
  let admin: Client;
  beforeAll(async () => {
    library = await Library.open(await fresh());
    admin = library.admin;
  }, 60_000);
  afterAll(async () => await library[Symbol.asyncDispose]());

  test('of materials have a row for each, with everything that is known of it', async () => {
    const mallId = await newMall(admin, '春 mall');
    const [kept] = await admin.upload([new File([uniquePng()], '=1+2 "海报", 1.png')], {
      mallId,
      folder: 'spring/posters',
    });
    await admin.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { tags: ["红", "a b"] }) { id } }',
      {
        id: kept?.id,
      },
    );
    const [trashed] = await admin.upload([new File([uniquePng()], 'old.png')], { mallId });
    await each(admin, 'deleteMaterials', [String(trashed?.id)]);

    const rows = await csvRows(admin, 'materials', { mallId: String(mallId) });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      Id: kept?.id as string,
      'Mall id': String(mallId),
      Mall: '春 mall',
      Folder: 'spring/posters',
      Kind: 'IMAGE',
      'Media type': 'image/png',
      Bytes: String(kept?.size),
      'Width (px)': String(kept?.width),
      'Height (px)': String(kept?.height),
      'Duration (s)': '',
      Visibility: 'PUBLIC',
      Source: 'UPLOAD',
      'Uploaded by': 'admin',
      URL: kept?.url as string,
      Path: kept?.basePath as string,
      'SHA-256': kept?.sha256 as string,
      'Fetched from': '',
    });
    expect(rows[0]?.Tags?.split(', ').sort()).toEqual(['a b', '红'].sort());
    // Nothing in a cell is a formula, whatever a spreadsheet makes of the file.
    expect(rows[0]?.Name).toMatch(/^'?=1\+2 "海报", 1\.png$/);
    expect((await fetch(String(rows[0]?.URL))).status).toBe(200);
    const trash = await csvRows(admin, 'materials', { mallId: String(mallId), trashed: 'true' });
    expect(trash.map(({ Id }) => Id)).toEqual([String(trashed?.id)]);
  });

  test('say the same as a workbook and as CSV, with totals and a sheet about the report', async () => {
    const mallId = await newMall(admin, 'both');
    const many = makeRows(120, { mallIds: [mallId], uploaders: [1, null] });
    await library.insert(many);
    const parameters = { mallId: String(mallId), lang: 'en' };
    const rows = await csvRows(admin, 'materials', parameters);
    const response = await admin.send(exportPath('materials.xlsx', parameters));
    const sheets = await sheetsOf(await response.bytes());
    expect([...sheets.keys()]).toEqual(['Materials', 'Totals', 'About']);

    const [headers = [], ...cells] = sheets.get('Materials') ?? [];
    expect(headers).toEqual(Object.keys(rows[0] ?? {}));
    const at = (name: string) => headers.indexOf(name);
    expect(cells.map((row) => row[at('Id')])).toEqual(rows.map(({ Id }) => Id));
    expect(cells.map((row) => row[at('Name')])).toEqual(rows.map(({ Name }) => Name));
    expect(cells.map((row) => row[at('Bytes')])).toEqual(rows.map(({ Bytes }) => Number(Bytes)));
    expect(new Set(rows.map(({ Id }) => Id))).toEqual(new Set(many.map(({ id }) => id)));
    expect(rows.map(({ Name }) => Name).sort()).toEqual(
      many.map(({ originFilename }) => originFilename).sort(),
    );

    const totals = sheets.get('Totals') ?? [];
    const sum = many.reduce((bytes, { size }) => bytes + size, 0);
    expect(totals.at(-1)?.slice(2)).toEqual([120, sum]);
    expect(totals.slice(1, -1).map((row) => [row[1], row[2]])).toEqual([
      ['AUDIO', 40],
      ['IMAGE', 40],
      ['VIDEO', 40],
    ]);
    const about = Object.fromEntries((sheets.get('About') ?? []).map(([label, value]) => [label, value]));
    expect(about).toMatchObject({
      Report: 'Materials',
      From: PERIOD.startTime,
      'To, included': PERIOD.endTime,
      'Time zone': 'Asia/Shanghai',
      Rows: 120,
      'Made by': 'admin',
    });
  });

  test('of usage count equal bytes of a mall once, in their first month, and add up to what the mall uses', async () => {
    const mallId = await newMall(admin, 'usage');
    const shared = uniquePng();
    const ids: string[] = [];
    for (const bytes of [shared, shared, uniquePng(), shared]) {
      const [material] = await admin.upload([new File([bytes], 'a.png')], { mallId });
      ids.push(String(material?.id));
    }
    const months = ['2026-01-15', '2026-02-15', '2026-02-16', '2026-03-15'];
    for (const [i, id] of ids.entries()) {
      await library.sql`update materials set created_at = ${`${months[i]}T00:00:00Z`} where id = ${id}`;
    }
    await each(admin, 'deleteMaterials', [String(ids[3])]);
    const rows = await csvRows(admin, 'usage', { mallId: String(mallId) });
    const [size, other] = [
      shared.byteLength,
      Number(rows[1]?.['Bytes of all materials']) - shared.byteLength,
    ];
    const figures = rows.map((row) => [
      row.Month,
      row.Kind,
      ...[
        'Materials',
        'Of these in the trash',
        'Bytes of all materials',
        'Bytes stored (equal files once)',
      ].map((name) => Number(row[name])),
    ]);
    expect(figures).toEqual([
      ['2026-01', 'IMAGE', 1, 0, size, size],
      ['2026-02', 'IMAGE', 2, 0, size + other, other],
      ['2026-03', 'IMAGE', 1, 1, size, 0],
    ]);
    expect(size + other).toBe(await usedBytes(library.sql, mallId));

    const workbook = await admin.send(exportPath('usage.xlsx', { mallId: String(mallId) }));
    const totals = (await sheetsOf(await workbook.bytes())).get('Totals') ?? [];
    expect(totals.at(-1)?.slice(3)).toEqual([4, 1, 3 * size + other, size + other]);
  });

  test('put a material into the month and the day of the time zone', async () => {
    const mallId = await newMall(admin, 'months');
    const rows = makeRows(2, { mallIds: [mallId], uploaders: [null] });
    await library.insert(
      rows.map((row, i) => ({
        ...row,
        kind: 'IMAGE' as const,
        createdAt: new Date(['2026-01-31T15:59:59.999Z', '2026-01-31T16:00:00.000Z'][i] ?? 0),
      })),
    );
    const mall = { mallId: String(mallId) };
    const months = async (timeZone: string) =>
      (await csvRows(admin, 'usage', { ...mall, timeZone })).map(({ Month, Materials }) => [
        Month,
        Materials,
      ]);
    expect(await months('Asia/Shanghai')).toEqual([
      ['2026-01', '1'],
      ['2026-02', '1'],
    ]);
    expect(await months('UTC')).toEqual([['2026-01', '2']]);
    const on = async (startTime: string, endTime: string, timeZone: string) =>
      (await csvRows(admin, 'materials', { ...mall, startTime, endTime, timeZone })).length;
    expect(await on('2026-01-31', '2026-01-31', 'Asia/Shanghai')).toBe(1);
    expect(await on('2026-02-01', '2026-02-01', 'Asia/Shanghai')).toBe(1);
    expect(await on('2026-01-31', '2026-01-31', 'UTC')).toBe(2);
    expect(await on('2026-01-31T16:00:00Z', '2026-01-31T16:00:00Z', 'UTC')).toBe(1);
    expect(await on('2026-01-01', '2026-01-31T15:59:59.999Z', 'UTC')).toBe(1);
  });

  test('of fetched pictures tell who asked for what, and what became of it', async () => {
    const mallId = await newMall(admin, 'fetches');
    const [material] = await admin.upload([new File([uniquePng()], 'qr.png')], { mallId });
    const url = 'https://example.com/二维码.png?a=1&b="2"';
    await library.sql`
      insert into image_fetches (id, purpose, user_id, mall_id, url, state, error_code, material_id, bytes, finished_at)
      values (${Bun.randomUUIDv7()}, 'MATERIAL', 1, ${mallId}, ${url}, 'SAVED', null, ${String(material?.id)}, 70, now()),
        (${Bun.randomUUIDv7()}, 'MATERIAL', 1, ${mallId}, 'http://10.0.0.1/', 'FAILED', 'REMOTE_UNREACHABLE', null, null, now())`;
    await library.sql`update materials set source = 'REMOTE' where id = ${String(material?.id)}`;
    const mall = { mallId: String(mallId) };
    expect(await csvRows(admin, 'image-fetches', { ...mall, state: 'SAVED' })).toMatchObject([
      { User: 'admin', Address: url, Outcome: 'SAVED', Bytes: '70', Path: String(material?.basePath) },
    ]);
    expect(await csvRows(admin, 'image-fetches', { ...mall, state: 'FAILED' })).toMatchObject([
      { Error: 'REMOTE_UNREACHABLE', Path: '' },
    ]);
    expect(await csvRows(admin, 'materials', mall)).toMatchObject([{ 'Fetched from': url }]);
  });

  test('of activity tell what was exported, and are for owners', async () => {
    const mallId = await newMall(admin, 'activity');
    const mall = { mallId: String(mallId) };
    const owner = await newUser(admin, { malls: { [mallId]: 'OWNER' } });
    const viewer = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
    await csvRows(viewer.client, 'materials', mall);
    expect(await csvRows(owner.client, 'activity', { ...mall, action: 'export.finished' })).toMatchObject([
      { Action: 'export.finished', User: viewer.username, Subject: 'materials', Mall: 'activity' },
    ]);
    expect(await csvRows(owner.client, 'activity')).not.toEqual([]);
    expect((await problemOf(await viewer.client.send(exportPath('activity.csv', mall)))).slice(0, 2)).toEqual(
      [403, 'FORBIDDEN'],
    );
    // Without a mall: of those that are their own, which are none.
    expect(await csvRows(viewer.client, 'activity')).toEqual([]);
  });

  test('have the rows of malls that somebody may see, and another mall answers like none', async () => {
    const [own, others] = [await newMall(admin, 'own'), await newMall(admin, 'others')];
    await library.insert(makeRows(6, { mallIds: [own, others, null], uploaders: [null] }));
    const { client } = await newUser(admin, { malls: { [own]: 'VIEWER' } });
    const mallsOf = async (report: string) =>
      new Set((await csvRows(client, report)).map((row) => row['Mall id']));
    expect(await mallsOf('materials')).toEqual(new Set([String(own)]));
    expect(await mallsOf('usage')).toEqual(new Set([String(own)]));
    for (const report of ['materials', 'usage', 'image-fetches', 'activity']) {
      const answers: (readonly unknown[])[] = [];
      for (const mallId of [others, 999_999]) {
        const answer = await client.send(exportPath(`${report}.csv`, { mallId: String(mallId) }));
        answers.push(await problemOf(answer));
      }
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]?.slice(0, 2)).toEqual([404, 'NOT_FOUND']);
    }
    const all = await csvRows(admin, 'materials');
    expect(new Set(all.map((row) => row['Mall id']))).toContain('');
  });

  test.each(HOSTILE)('are narrowed by exactly this text: %p', async (text) => {
    const mallId = await newMall(admin, 'hostile');
    const [wanted, other] = makeRows(2, { mallIds: [mallId], uploaders: [null] });
    if (!wanted || !other) throw new Error('no rows were made');
    await library.insert([
      { ...wanted, originFilename: `a ${text} b`, folder: text, tags: [text] },
      { ...other, originFilename: 'another', folder: 'x', tags: [] },
    ]);
    for (const filter of ['name', 'folder', 'tag']) {
      const rows = await csvRows(admin, 'materials', { mallId: String(mallId), [filter]: text });
      expect([filter, rows.map(({ Id }) => Id)]).toEqual([filter, [wanted.id]]);
      expect(rows[0]?.Folder?.replace(/^'(?=[=+\-@\t\r'])/, '')).toBe(text);
    }
    const variables = { mallId, filters: [{ name: 'tag', value: text }], ...PERIOD };
    const { reportCount } = await admin.data(
      `query ($mallId: Int!, $filters: [ReportFilterValue!], $startTime: String!, $endTime: String!) {
        reportCount(report: "materials", mallId: $mallId, filters: $filters, startTime: $startTime, endTime: $endTime)
      }`,
      variables,
    );
    expect(reportCount).toBe(1);
  });

  test('refuse NUL, which PostgreSQL has no text for', async () => {
    for (const filter of ['name', 'folder', 'tag', 'timeZone']) {
      const response = await admin.send(exportPath('materials.csv', { [filter]: 'a\0b' }));
      expect((await problemOf(response)).slice(0, 2)).toEqual([400, 'PARAMS_INVALID']);
    }
    const query = `{ reportCount(report: "activity", startTime: "2026-01-01", endTime: "2026-01-02",
      filters: [{ name: "action", value: "a\\u0000" }]) }`;
    expect(await outcomeOf(admin, query)).toBe('PARAMS_INVALID');
  });

  test('show paths with any characters as addresses that work', async () => {
    const form = new FormData();
    form.set('img', new File([uniquePng()], "横幅 100%+~(1)!'*.png"));
    const uploaded = await admin.send('/cms/template', { method: 'POST', body: form });
    const { data } = (await uploaded.json()) as { data: string[] };
    const rows = await csvRows(admin, 'materials', { source: 'TEMPLATE', name: '横幅' });
    expect(rows).toMatchObject([{ Path: String(data[0]), Mall: '' }]);
    expect((await fetch(String(rows[0]?.URL))).status).toBe(200);
    expect(new URL(String(rows[0]?.URL)).pathname).toBe(
      `/files${String(data[0]).split('/').map(encodeURIComponent).join('/')}`,
    );
  });
});
