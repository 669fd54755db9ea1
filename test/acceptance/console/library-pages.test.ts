import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { accessibilityFaults, openConsole, screenshot } from '../../support/console.ts';
import { addMedia, addPictures, item, mallWith } from '../../support/console-library.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';

const LOOKS = [
  { language: 'en', theme: 'light' },
  { language: 'zh', theme: 'dark' },
  { language: 'en', theme: 'dark' },
  { language: 'zh', theme: 'light' },
] as const;
const LABELS = {
  en: { filters: 'Filters', tags: 'Tags', cancel: 'Cancel', purge: 'Delete for ever' },
  zh: { filters: '筛选', tags: '标签', cancel: '取消', purge: '彻底删除' },
};

let server: StockroomServer;
let browser: Browser;
let mallId: number;

describe.skipIf(missing('Chromium', findChromium()))("the library's pages", () => {
  beforeAll(async () => {
    server = await startStockroom();
    browser = await startChromium();
    const admin = await Client.loggedIn(server.url);
    mallId = await mallWith(admin, ['one.png', '‮gnp.two', '名字很长的图片 '.repeat(8)], 'spring/posters');
    await addMedia(admin, mallId);
    const [first, second] = await addPictures(admin, mallId, ['gone.png', 'private.png']);
    await admin.data('mutation ($id: ID!) { deleteMaterials(ids: [$id]) { code } }', { id: first });
    await admin.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { visibility: PRIVATE, tags: ["sale"] }) { id } }',
      { id: second },
    );
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  for (const look of LOOKS) {
    const { language, theme } = look;
    const names = LABELS[language];

    test(`can be used by everybody: ${language}, ${theme}`, async () => {
      await using tab = await openConsole(browser, server.url, { ...look, path: `/library/${mallId}` });
      const { page } = tab;
      const check = async (name: string) => {
        // Roles and colours are the same in each language.
        if (language === 'en') expect(await accessibilityFaults(page)).toEqual([]);
        await screenshot(page, `library-${name}-${language}-${theme}`);
      };
      await shown(page);
      await check('grid');
      await item(page, 'photo.jpg').getByRole('checkbox').click();
      await check('selection');
      await page.getByRole('button', { name: names.tags, exact: true }).click();
      await page.getByRole('dialog').waitFor();
      await check('tags');
      await page.getByRole('dialog').getByRole('button', { name: names.cancel }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });

      await page.goto(`${server.url}/library/${mallId}?view=list&minWidth=1&folder=`);
      await item(page, 'private.png').waitFor();
      await check('list');
      await page.getByRole('button', { name: names.filters }).first().click();
      await page.getByRole('dialog').waitFor();
      await check('filters');

      await page.goto(`${server.url}/library/${mallId}/trash`);
      await item(page, 'gone.png').getByRole('checkbox').click();
      await page.getByRole('button', { name: names.purge }).click();
      await page.getByRole('dialog').waitFor();
      await check('trash');
      expect(tab.faults).toEqual([]);
    });
  }

  test('fit a narrow screen', async () => {
    await using tab = await openConsole(browser, server.url, {
      path: `/library/${mallId}?kind=IMAGE&folder=spring/posters`,
      viewport: { width: 375, height: 720 },
    });
    const { page } = tab;
    for (const view of ['grid', 'list']) {
      await page.goto(`${server.url}/library/${mallId}?view=${view}&kind=IMAGE&folder=spring/posters`);
      await item(page, 'one.png').getByRole('checkbox').click();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
      await screenshot(page, `library-narrow-${view}`);
    }
    expect(tab.faults).toEqual([]);
  });
});

/** Waits until the tiles have their pictures. */
async function shown(page: Page): Promise<void> {
  await item(page, 'photo.jpg').locator('img[data-shown]').waitFor();
  await item(page, 'private.png').waitFor();
}
