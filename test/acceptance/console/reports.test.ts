import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Browser, Download, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { accessibilityFaults, type ConsoleTab, openConsole, screenshot } from '../../support/console.ts';
import { addManyMaterials, parseCsv } from '../../support/exports.ts';
import { Library } from '../../support/library.ts';
import { missing } from '../../support/services.ts';
import { readWithExceljs } from '../../support/spreadsheet-readers.ts';
import { openSql } from '../../support/sql.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { newMall, newUser } from '../../support/users.ts';

const JANUARY = '/reports?report=materials&startTime=2026-01-01&endTime=2026-01-31&timeZone=UTC';
/** Materials of the two malls. */
const [MAIN, OTHER] = [120, 30];

describe.skipIf(missing('Chromium', findChromium()))('the page of reports', () => {
  let library: Library;
  let browser: Browser;
  let otherMall: number;
  beforeAll(async () => {
    [browser, library] = await Promise.all([startChromium(), Library.open({})]);
    otherMall = await newMall(library.admin, 'Other');
    await addManyMaterials(library.sql, 1, MAIN);
    await addManyMaterials(library.sql, otherMall, OTHER);
  });
  afterAll(async () => {
    await browser.close();
    await library[Symbol.asyncDispose]();
  });

  const open = (path: string, options = {}): Promise<ConsoleTab> =>
    openConsole(browser, library.server.url, { path, ...options });
  const shown = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor();
  const pick = async (page: Page, label: string, option: string) => {
    await page.getByRole('main').getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  /** Holds up whatever reads materials until it is disposed. */
  const hold = async (): Promise<AsyncDisposable> => {
    const sql = await openSql(library.server, {});
    await sql.unsafe('begin; lock table materials in access exclusive mode');
    return { [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) };
  };

  test('counts before it downloads, and a colleague who gets its address sees the same', async () => {
    await using tab = await open('/reports');
    const { page } = tab;
    await page.goto(library.server.url + JANUARY);
    await shown(page, `${MAIN + OTHER} rows`);
    await pick(page, 'Mall', 'Main');
    await shown(page, `${MAIN} rows`);
    await page.getByRole('textbox', { name: 'Part of the name' }).fill('poster 11');
    // 11 and 110 to 119.
    await shown(page, '11 rows');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    expect((await download).suggestedFilename()).toBe('materials_2026-01-01_2026-01-31.xlsx');
    const { Materials: rows = [] } = await workbookOf(await download);
    expect(rows[0]?.slice(0, 3)).toEqual(['Id', 'Mall id', 'Mall']);
    expect(rows.length - 1).toBe(11);
    await page.waitForURL(/name=poster\+11/);
    await using colleague = await open(page.url().slice(library.server.url.length), { language: 'zh' });
    await shown(colleague.page, '11 行');
    expect(tab.faults).toEqual([]);
    expect(colleague.faults).toEqual([]);
  });

  test('tells a reversed or half a period before anything is sent', async () => {
    await using tab = await open('/account');
    const { page } = tab;
    const counted: string[] = [];
    page.on('request', (request) => {
      if (request.postData()?.includes('ReportCount')) counted.push(request.url());
    });
    await page.goto(`${library.server.url}/reports?startTime=2026-02-01&endTime=2026-01-01`);
    await page.getByRole('status').getByText('The last day is before the first.').waitFor();
    expect(await page.getByRole('button', { name: 'Download' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Make in the background' }).isDisabled()).toBe(true);
    await page.goto(`${library.server.url}/reports?startTime=2026-02-01`);
    await page.getByRole('status').getByText('Choose the first and the last day.').waitFor();
    expect(counted).toEqual([]);
    // By keyboard alone.
    await page.getByRole('button', { name: 'This year' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText(/rows$/).waitFor();
    expect(counted.length).toBeGreaterThan(0);
    const period = page.getByRole('button', { name: 'Period' });
    await period.focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-dates-dropdown] button:focus').waitFor();
    for (const key of ['ArrowRight', 'Enter', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL(/startTime=\d{4}-01-02&endTime=\d{4}-01-09/);
    expect(await period.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(tab.faults).toEqual([]);
  });

  test('shows a viewer of one mall that mall, and no reports for managers', async () => {
    const viewer = await newUser(library.admin, { malls: { [otherMall]: 'VIEWER' } });
    await using tab = await open(JANUARY, { user: viewer });
    const { page } = tab;
    await shown(page, `${OTHER} rows`);
    expect(await page.getByRole('radio', { name: 'Activity' }).count()).toBe(0);
    expect(await page.getByRole('radio', { name: 'Usage' }).count()).toBe(1);
    await page.getByRole('main').getByRole('combobox', { name: 'Mall' }).click();
    expect(await page.getByRole('option').allTextContents()).toEqual(['All malls', 'Other']);
    expect(tab.faults).toEqual([]);
  });

  test('follows an export in the background until it is downloaded', async () => {
    await using tab = await open(JANUARY);
    const { page } = tab;
    await shown(page, `${MAIN + OTHER} rows`);
    await page.getByText('Text (CSV)').click();
    await page.waitForURL(/format=csv/);
    const item = page.getByRole('listitem').filter({ hasText: 'CSV' }).first();
    {
      await using _held = await hold();
      await page.getByRole('button', { name: 'Make in the background' }).click();
      await item.getByText('Being made').waitFor();
      await item.getByRole('progressbar', { name: 'Progress of Materials' }).waitFor({ state: 'attached' });
      expect(await accessibilityFaults(page)).toEqual([]);
    }
    await item.getByText('Ready').waitFor();
    await item.getByText(new RegExp(`· ${MAIN + OTHER} rows · .* · kept until `)).waitFor();
    const download = page.waitForEvent('download');
    await item.getByRole('link', { name: /^Download \d{14}-\d{6}\.csv$/ }).click();
    const path = await (await download).path();
    expect(parseCsv(await Bun.file(path).text()).length).toBe(MAIN + OTHER);
    expect(tab.faults).toEqual([]);
  });

  test('tells on another page that an export is ready', async () => {
    await using tab = await open(JANUARY);
    const { page } = tab;
    await shown(page, `${MAIN + OTHER} rows`);
    {
      await using _held = await hold();
      await page.getByRole('button', { name: 'Make in the background' }).click();
      await page.getByRole('listitem').first().getByText('Being made').waitFor();
      await page.getByRole('link', { name: 'For developers' }).click();
      await page.waitForURL(/\/developers$/);
    }
    await page.getByText(/\.xlsx is ready$/).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('alert').getByRole('link', { name: 'Download' }).click();
    expect((await workbookOf(await download)).Materials?.length).toBe(1 + MAIN + OTHER);
    expect(tab.faults).toEqual([]);
  });

  test('cancels an export that is being made', async () => {
    const user = await newUser(library.admin, { malls: { 1: 'VIEWER' } });
    await using tab = await open(JANUARY, { user });
    const { page } = tab;
    await page.getByText(/^Nothing yet\./).waitFor();
    await shown(page, `${MAIN} rows`);
    {
      await using _held = await hold();
      await page.getByRole('button', { name: 'Make in the background' }).click();
      const item = page.getByRole('listitem').first();
      await item.getByText('Being made').waitFor();
      await item.getByRole('button', { name: 'Cancel' }).click();
      await item.getByText('Cancelled').waitFor();
      expect(await item.getByRole('button').count()).toBe(0);
    }
    expect(tab.faults).toEqual([]);
  });

  test('makes a link that gives the file without a session, once if so wanted', async () => {
    await using tab = await open(JANUARY);
    const { page } = tab;
    await shown(page, `${MAIN + OTHER} rows`);
    const opener = page.getByRole('button', { name: 'Link for a colleague' }).first();
    await opener.click();
    const dialog = page.getByRole('dialog', { name: 'Link for a colleague' });
    await dialog.getByLabel('For one download only').check();
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = await dialog.getByRole('textbox', { name: 'Link', exact: true }).inputValue();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'reports-link-en-light');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true);
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'report.xlsx');
    await Bun.write(path, await answer.arrayBuffer());
    expect((await readWithExceljs(path)).Materials?.length).toBe(1 + MAIN + OTHER);
    expect((await fetch(link)).status).not.toBe(200);
    expect(tab.faults).toEqual([]);
  });

  test('says why a report cannot be had, and stays where it is', async () => {
    const mallId = await newMall(library.admin, 'Short-lived');
    await using tab = await open(`${JANUARY}&mallId=${mallId}`);
    const { page } = tab;
    await page.getByText(/^No rows\./).waitFor();
    await library.admin.data('mutation ($id: Int!) { deleteMall(id: $id) }', { id: mallId });
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByText('There is no such thing here.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/reports');
    expect(tab.faults).toEqual([]);
  });

  test('lists what was made: an administrator sees that of all, what is gone is marked', async () => {
    const member = await newUser(library.admin, { malls: { 1: 'VIEWER' } });
    const rows = [
      ['DONE', null, '-1 day'],
      ['FAILED', 'STORAGE_FULL', '1 day'],
    ] as const;
    for (const [state, errorCode, kept] of rows) {
      await library.sql`
        insert into export_jobs (id, user_id, report, format, parameters, state, error_code, filename, expires_at)
        values (${Bun.randomUUIDv7()}, ${member.id}, 'usage', 'XLSX', ${library.sql.json({ mallId: 1, startTime: '2026-01-01', endTime: '2026-01-31' })},
          ${state}, ${errorCode}, 'usage.xlsx', now() + ${kept}::text::interval)`;
    }
    await using tab = await open('/reports', { user: member });
    const items = tab.page.getByRole('listitem').filter({ hasText: 'Usage' });
    await items.getByText('Expired', { exact: true }).waitFor();
    await items.getByText('The file is not kept any more.').waitFor();
    await items.getByText('There is no room for this').waitFor();
    expect(await items.first().textContent()).toContain('Main · 2026-01-01 – 2026-01-31');
    expect(await items.getByRole('link').count()).toBe(0);
    expect(await tab.page.getByLabel('Those of all users').count()).toBe(0);

    await using admin = await open('/reports');
    await admin.page.getByRole('radio', { name: 'Materials' }).waitFor();
    expect(await admin.page.getByText(`by ${member.username}`).count()).toBe(0);
    await admin.page.getByLabel('Those of all users').check();
    await admin.page.getByText(`by ${member.username}`).first().waitFor();
    expect(tab.faults).toEqual([]);
    expect(admin.faults).toEqual([]);
  });

  test.each([
    ['en', 1280],
    ['zh', 375],
  ] as const)('is in %s, in light and dark colours, %i px wide', async (language, width) => {
    await using tab = await open(JANUARY, { language, viewport: { width, height: 800 } });
    const { page } = tab;
    await shown(page, language === 'zh' ? `${MAIN + OTHER} 行` : `${MAIN + OTHER} rows`);
    const period = page.getByRole('button', { name: language === 'zh' ? '时间范围' : 'Period' });
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.locator(`[data-mantine-color-scheme=${theme}]`).waitFor();
      await screenshot(page, `reports-page-${language}-${theme}`);
      await period.click();
      await page.getByRole('button', { name: /^15 / }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await screenshot(page, `reports-period-${language}-${theme}`);
      await page.keyboard.press('Escape');
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(tab.faults).toEqual([]);
  });
});

async function workbookOf(download: Download) {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'report.xlsx');
  await download.saveAs(path);
  return await readWithExceljs(path);
}
