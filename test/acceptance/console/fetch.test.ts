import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { accessibilityFaults, openConsole, screenshot } from '../../support/console.ts';
import { PictureServer } from '../../support/picture-server.ts';
import { uniquePng } from '../../support/pictures.ts';
import { LOOPBACK_ALLOWED } from '../../support/remote-pictures.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { newUser, type TestUser } from '../../support/users.ts';

const PATH = '/library/1/fetch';
const PER_MINUTE = 8;

describe.skipIf(missing('Chromium', findChromium()))('the page that fetches pictures', () => {
  let pictures: PictureServer;
  let server: StockroomServer;
  let admin: Client;
  let browser: Browser;
  beforeAll(async () => {
    [pictures, browser] = await Promise.all([PictureServer.start(), startChromium()]);
    server = await startStockroom({
      env: {
        ...LOOPBACK_ALLOWED,
        REMOTE_TIMEOUT_MS: '5000',
        REMOTE_FETCHES_PER_MINUTE: String(PER_MINUTE),
      },
    });
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await pictures[Symbol.asyncDispose]();
  });

  /** Somebody whose fetches nobody else counts. */
  const newEditor = async (): Promise<TestUser> => await newUser(admin, { malls: { 1: 'EDITOR' } });
  const start = async (page: Page, text: string) => {
    await page.getByLabel('Addresses of pictures').fill(text);
    await page.getByRole('button', { name: /^Fetch \d/ }).click();
  };
  const item = (page: Page, url: string) => page.getByRole('listitem').filter({ hasText: url });

  test('shows what became of each address, and tries those that failed again', async () => {
    await using tab = await openConsole(browser, server.url, { path: PATH, user: await newEditor() });
    const { page } = tab;
    const good = pictures.give('/good.png', uniquePng());
    const text = pictures.give('/page.html', Buffer.from('<!doctype html><p>no picture'));
    const late = `${pictures.url}/late.png`;
    const hidden = 'http://10.0.0.1/private.png';
    await page.getByRole('combobox', { name: 'Folder' }).fill('spring/posters');
    await start(page, [good, late, `"${text}",`, hidden].join('\n'));
    await page.getByText('4 of 4 done: 1 kept, 3 failed').waitFor();
    await item(page, late).getByText('The address cannot be reached.').waitFor();
    await item(page, hidden).getByText('The address cannot be reached.').waitFor();
    await item(page, text).getByText('The address does not give a picture.').waitFor();
    await item(page, good)
      .getByText(/^Kept · \d+ × \d+ · /)
      .waitFor();
    await screenshot(page, 'fetch-outcomes-en-light');
    expect(await accessibilityFaults(page)).toEqual([]);

    pictures.give('/late.png', uniquePng());
    await page.getByRole('button', { name: 'Try again (3)' }).click();
    await page.getByText('4 of 4 done: 2 kept, 2 failed').waitFor();
    expect(pictures.count('/good.png')).toBe(1);
    await page.getByLabel('Failed ones only').check();
    expect(await page.getByRole('listitem').count()).toBe(2);
    await page.getByLabel('Failed ones only').uncheck();

    await item(page, late).getByRole('link', { name: 'late.png' }).click();
    await page.waitForURL(/\/library\/1\/materials\/[\da-f-]{36}$/);
    const id = page.url().split('/').at(-1);
    const { material } = await admin.data('query ($id: ID!) { material(id: $id) { folder } }', { id });
    expect(material).toEqual({ folder: 'spring/posters' });
    expect(tab.faults).toEqual([]);
  });

  test('tells which lines it leaves out', async () => {
    await using tab = await openConsole(browser, server.url, { path: PATH });
    const { page } = tab;
    const one = pictures.give('/one.png', uniquePng());
    await page.getByLabel('Addresses of pictures').fill(`${one}\n\n'${one}',\nposter.png`);
    await page.getByText('1 address is there twice and is fetched once.').waitFor();
    await page.getByText('1 empty line is left out.').waitFor();
    await page.getByText('Line 4 is no http or https address and is left out:').waitFor();
    await page.getByRole('button', { name: 'Fetch 1 picture' }).click();
    await page.getByText('1 of 1 done: 1 kept, 0 failed').waitFor();
    expect(pictures.count('/one.png')).toBe(1);
    expect(tab.faults).toEqual([]);
  });

  test('waits where the server takes no more in a minute, says for how long, and stops', async () => {
    await using tab = await openConsole(browser, server.url, { path: PATH, user: await newEditor() });
    const { page } = tab;
    const many = pictures.give('/many.png', uniquePng());
    const urls = Array.from({ length: PER_MINUTE + 2 }, (_, i) => `${many}?${i}`);
    await start(page, urls.slice(0, PER_MINUTE).join('\n'));
    await page.getByText(`${PER_MINUTE} of ${PER_MINUTE} done: ${PER_MINUTE} kept, 0 failed`).waitFor();
    await start(page, urls.slice(PER_MINUTE).join('\n'));
    await page.getByText(/It goes on by itself in \d+ seconds\./).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Try again (2)' }).waitFor();
    expect(await page.getByText('Not fetched').count()).toBe(2);
    expect(tab.faults).toEqual([]);
  });

  test('warns whoever leaves while it runs, and no more when it is done', async () => {
    await using tab = await openConsole(browser, server.url, { path: PATH, user: await newEditor() });
    const { page } = tab;
    const held = pictures.hold('/held.png', uniquePng());
    await start(page, held.url);
    await pictures.waitForOpen(1);
    await page.getByRole('link', { name: 'Reports' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave this page?' });
    await dialog.waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe(PATH);
    held.release();
    await page.getByText('1 of 1 done: 1 kept, 0 failed').waitFor();
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.waitForURL(/\/reports/);
    expect(tab.faults).toEqual([]);
  });

  test('warns whoever goes back while it runs, and leaves when that is wanted', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/reports', user: await newEditor() });
    const { page } = tab;
    await page.getByRole('link', { name: 'Fetch by address' }).click();
    const held = pictures.hold('/held-back.png', uniquePng());
    await start(page, held.url);
    await pictures.waitForOpen(1);
    const dialog = page.getByRole('dialog', { name: 'Leave this page?' });
    const goBack = () => page.evaluate(() => history.back());
    for (let i = 0; i < 2; i++) {
      await goBack();
      await dialog.getByRole('button', { name: 'Stay' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(new URL(page.url()).pathname).toBe(PATH);
      await page.getByRole('button', { name: 'Stop' }).waitFor();
    }
    await goBack();
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL(/\/reports/);
    await page.getByRole('heading', { level: 1, name: 'Reports' }).waitFor();
    held.release();
    expect(tab.faults).toEqual([]);
  });

  test.each([
    ['en', 1280],
    ['zh', 375],
  ] as const)('is in %s, in light and dark colours, %i px wide', async (language, width) => {
    const viewport = { width, height: 800 };
    await using tab = await openConsole(browser, server.url, { path: PATH, language, viewport });
    const { page } = tab;
    const url = pictures.give('/poster.png', uniquePng());
    await page.getByRole('textbox').first().fill(`${url}?${language}\n${url}/none\nposter.png`);
    await page.locator('button[type=submit]').click();
    await page.getByText(language === 'zh' ? '无法访问该地址' : 'The address cannot be reached.').waitFor();
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.locator(`[data-mantine-color-scheme=${theme}]`).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await screenshot(page, `fetch-page-${language}-${theme}`);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(tab.faults).toEqual([]);
  });

  test('is not there for whoever may only look', async () => {
    const viewer = await newUser(admin, { malls: { 1: 'VIEWER' } });
    await using tab = await openConsole(browser, server.url, { path: PATH, user: viewer });
    await tab.page.getByText('There is nothing here').waitFor();
    expect(await tab.page.getByRole('link', { name: 'Fetch by address' }).count()).toBe(0);
  });
});
