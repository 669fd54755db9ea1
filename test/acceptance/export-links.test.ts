import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type postgres from 'postgres';
import { findChromium, startChromium } from '../support/chromium.ts';
import { Client } from '../support/client.ts';
import { PERIOD, parseCsv, problemOf, sheetsOf } from '../support/exports.ts';
import { uniquePng } from '../support/pictures.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { newMall, newUser, outcomeOf, setMember } from '../support/users.ts';

const CREATE = `mutation ($report: String!, $startTime: String!, $endTime: String!, $format: ExportFormat! = XLSX,
    $mallId: Int, $lang: ReportLanguage, $expiresInSeconds: Int, $singleUse: Boolean) {
  createExportLink(report: $report, startTime: $startTime, endTime: $endTime, format: $format, mallId: $mallId,
    lang: $lang, expiresInSeconds: $expiresInSeconds, singleUse: $singleUse) { url expiresAt }
}`;

async function linkOf(client: Client, variables: object): Promise<string> {
  const { createExportLink } = await client.data<{ createExportLink: { url: string } }>(CREATE, {
    report: 'materials',
    ...PERIOD,
    ...variables,
  });
  return createExportLink.url;
}

let server: StockroomServer;
let admin: Client;
let sql: postgres.Sql;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
  sql = await openSql(server, {});
}, 60_000);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server[Symbol.asyncDispose]();
});

test('a link gives what its maker may see at that time, without a cookie and to pages anywhere', async () => {
  const mallId = await newMall(admin, 'linked');
  const { client } = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
  const url = await linkOf(client, { format: 'CSV' });
  await admin.upload([new File([uniquePng()], 'later.png')], { mallId });
  for (const headers of [{}, { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }]) {
    const response = await fetch(url, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(parseCsv(await response.text()).map(({ Name }) => Name)).toEqual(['later.png']);
  }
  // Whoever opens it: the session of somebody else does not count.
  const asAdmin = await admin.send(url);
  expect(parseCsv(await asAdmin.text())).toHaveLength(1);
});

test('a link ends', async () => {
  const url = await linkOf(admin, { expiresInSeconds: 600 });
  expect((await fetch(url)).status).toBe(200);
  await sql`update download_tickets set expires_at = now() - interval '1 second'`;
  expect((await problemOf(await fetch(url))).slice(0, 2)).toEqual([403, 'LINK_EXPIRED']);
  for (const expiresInSeconds of [0, -1, 7 * 24 * 3600 + 1]) {
    const variables = { report: 'materials', ...PERIOD, expiresInSeconds };
    expect(await outcomeOf(admin, CREATE, variables)).toBe('PARAMS_INVALID');
  }
});

test('a link that was changed is none', async () => {
  const url = await linkOf(admin, { format: 'CSV' });
  for (const changed of [
    url.replace('.csv', '.xlsx'),
    url.replace('materials', 'usage'),
    `${url}&mallId=1`,
    `${url}&ticket=x`,
    url.slice(0, -1),
    url.replace(/ticket=.*/, 'ticket='),
    url.replace(/ticket=.*/, `ticket=${'A'.repeat(43)}`),
  ]) {
    expect((await problemOf(await fetch(changed))).slice(0, 2)).toEqual([403, 'LINK_INVALID']);
  }
});

test('a link keeps no secret where a copy of the database would show it', async () => {
  const url = await linkOf(admin, {});
  const [row] = await sql`select count(*)::int as found from download_tickets t
    where t::text like ${`%${new URL(url).searchParams.get('ticket')}%`}`;
  expect(row?.found).toBe(0);
});

test('a link for a single use outlasts those who only look at it', async () => {
  const url = await linkOf(admin, { singleUse: true });
  const head = await fetch(url, { method: 'HEAD' });
  expect(head.headers.get('content-disposition')).toContain('materials_');
  for (const headers of [
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
    { 'user-agent': 'facebookexternalhit/1.1' },
    { 'user-agent': 'WhatsApp/2.23' },
  ]) {
    const preview = await fetch(url, { headers: { ...headers } });
    expect([preview.status, (await preview.bytes()).byteLength]).toEqual([204, 0]);
  }
  const [first, second] = [await fetch(url), await fetch(url)];
  expect((await sheetsOf(await first.bytes())).has('Materials')).toBe(true);
  expect((await problemOf(second)).slice(0, 2)).toEqual([403, 'LINK_EXPIRED']);
});

test('a link for a single use that failed before its first bytes is still good', async () => {
  const mallId = await newMall(admin, 'retried');
  const { client, id } = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
  const url = await linkOf(client, { mallId, singleUse: true });
  await admin.data('mutation ($mallId: Int!, $id: Int!) { removeMallMember(mallId: $mallId, userId: $id) }', {
    mallId,
    id,
  });
  expect((await problemOf(await fetch(url))).slice(0, 2)).toEqual([404, 'NOT_FOUND']);
  await setMember(admin, mallId, id, 'VIEWER');
  expect((await fetch(url)).status).toBe(200);
});

test('a link of somebody who was disabled, lost the mall, or whose API token ended gives nothing', async () => {
  const mallId = await newMall(admin, 'lost');
  const maker = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
  const { createApiToken } = await maker.client.data<{
    createApiToken: { token: string; apiToken: { id: string } };
  }>('mutation { createApiToken(name: "links", scopes: READ) { token apiToken { id } } }');
  const made = await new Client(server.url).graphql(
    CREATE,
    { report: 'materials', ...PERIOD, format: 'CSV' },
    { authorization: `Bearer ${createApiToken.token}` },
  );
  const ofToken = (made.data as { createExportLink: { url: string } }).createExportLink.url;
  expect((await fetch(ofToken)).status).toBe(200);
  await maker.client.data('mutation ($id: ID!) { revokeApiToken(id: $id) }', {
    id: createApiToken.apiToken.id,
  });
  // It goes with its token.
  expect((await fetch(ofToken)).status).toBe(403);

  const one = await linkOf(maker.client, { mallId, format: 'CSV' });
  const all = await linkOf(maker.client, { format: 'CSV' });
  await admin.upload([new File([uniquePng()], 'secret.png')], { mallId });
  await admin.data('mutation ($mallId: Int!, $id: Int!) { removeMallMember(mallId: $mallId, userId: $id) }', {
    mallId,
    id: maker.id,
  });
  expect((await problemOf(await fetch(one))).slice(0, 2)).toEqual([404, 'NOT_FOUND']);
  expect(parseCsv(await (await fetch(all)).text())).toEqual([]);
  await admin.data('mutation ($id: Int!) { updateUser(id: $id, disabled: true) { id } }', { id: maker.id });
  for (const url of [one, all]) {
    expect((await problemOf(await fetch(url))).slice(0, 2)).toEqual([403, 'LINK_INVALID']);
  }
});

test('a link that its maker could not use is not made', async () => {
  const other = await newMall(admin, 'foreign');
  const { client } = await newUser(admin);
  const variables = { report: 'materials', ...PERIOD };
  expect(await outcomeOf(client, CREATE, { ...variables, mallId: other })).toBe('NOT_FOUND');
  expect(await outcomeOf(client, CREATE, { ...variables, report: 'none' })).toBe('NOT_FOUND');
  expect(await outcomeOf(client, CREATE, { ...variables, endTime: '1999-01-01' })).toBe('PARAMS_INVALID');
  expect(await outcomeOf(new Client(server.url), CREATE, variables)).toBe('LOGIN_REQUIRED');
});

test('making a link and using it are in the trail', async () => {
  const mallId = await newMall(admin, 'trail');
  await (await fetch(await linkOf(admin, { mallId, singleUse: true }))).bytes();
  const events =
    await sql`select action, actor_id, subject_id, data from audit_events where mall_id = ${mallId} order by id`;
  expect(events.filter(({ action }) => String(action).startsWith('export.'))).toMatchObject([
    { action: 'export.link-created', actor_id: 1, subject_id: 'materials', data: { singleUse: true } },
    { action: 'export.finished', actor_id: 1, subject_id: 'materials', data: { rows: 0, format: 'XLSX' } },
  ]);
});

describe.skipIf(missing('PostgreSQL', findPostgres()))('two servers', () => {
  test('let one of many requests use a link for a single use', async () => {
    await using database = await startPostgres();
    const env = { DATABASE_URL: await database.createDatabase() };
    await using one = await startStockroom({ env });
    await using two = await startStockroom({ env });
    const url = new URL(await linkOf(await Client.loggedIn(one.url), { singleUse: true }));
    const answers = await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const answer = await fetch(new URL(url.pathname + url.search, i % 2 === 0 ? one.url : two.url));
        return [answer.status, (await answer.bytes()).byteLength > 0];
      }),
    );
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    expect(answers.filter(([status]) => status === 403)).toHaveLength(15);
  }, 60_000);
});

describe.skipIf(missing('Chromium', findChromium()))('in Chromium', () => {
  test('a person on a page of another site follows a link and has the file under its name', async () => {
    await using browser = await startChromium();
    await using directory = await temporaryDirectory();
    const mallId = await newMall(admin, 'chromium');
    await admin.upload([new File([uniquePng()], '商品.png')], { mallId });
    const url = await linkOf(admin, { mallId, lang: 'ZH', singleUse: true });
    using elsewhere = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response(`<a href="${url}">report</a>`, { headers: { 'content-type': 'text/html' } }),
    });
    const page = await browser.newPage();
    await page.goto(`http://localhost:${elsewhere.port}/`.replace('localhost', '127.0.0.1'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('a')]);
    expect(download.suggestedFilename()).toBe(`素材_${PERIOD.startTime}_${PERIOD.endTime}.xlsx`);
    const path = join(directory.path, 'report.xlsx');
    await download.saveAs(path);
    const rows = (await sheetsOf(await Bun.file(path).bytes())).get('素材') ?? [];
    expect(rows[1]).toContain('商品.png');
    await until('the end of the export', async () => {
      const [row] = await sql`select count(*)::int as made from audit_events
        where action = 'export.finished' and mall_id = ${mallId}`;
      return row?.made === 1 || undefined;
    });
  }, 60_000);
});
