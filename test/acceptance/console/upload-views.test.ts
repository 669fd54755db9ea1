import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { accessibilityFaults, openConsole, screenshot } from '../../support/console.ts';
import { drag, give, pick, pictures, slowDown, uploaded } from '../../support/console-uploads.ts';
import { uniquePng } from '../../support/pictures.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { until } from '../../support/temporary.ts';
import { newMall } from '../../support/users.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const PHONE = { width: 375, height: 700 };
const TEXTS = {
  en: {
    upload: 'Upload',
    tray: 'Uploads',
    refused: 'This is not a picture, a video or a sound.',
    tooLarge: 'The file is too large: at most 1 MB are allowed.',
    failed: '2 not uploaded',
    left: / left/,
    drop: 'Drop to upload to',
    hide: 'Hide the list',
    show: 'Show the list',
    cancelAll: 'Cancel all',
    close: 'Close',
  },
  zh: {
    upload: '上传',
    tray: '上传',
    refused: '文件类型不支持，仅支持图片、视频和音频',
    tooLarge: '文件过大，最大允许 1 MB。',
    failed: '2 个未上传',
    left: /剩余/,
    drop: '松开即可上传到',
    hide: '收起列表',
    show: '展开列表',
    cancelAll: '全部取消',
    close: '关闭',
  },
} as const;

describe.skipIf(missing('Chromium', findChromium()))("the console's uploads", () => {
  let server: StockroomServer;
  let browser: Browser;
  beforeAll(async () => {
    const env = { MAX_FILE_BYTES: String(MAX_FILE_BYTES) };
    [server, browser] = await Promise.all([startStockroom({ env }), startChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test.each([
    ['en', 'light', undefined],
    ['zh', 'dark', undefined],
    ['en', 'dark', PHONE],
    ['zh', 'light', PHONE],
  ] as const)(
    'say in %s what is on its way, what was refused and why, also in the %s theme',
    async (language, theme, viewport) => {
      const t = TEXTS[language];
      await using tab = await openConsole(browser, server.url, {
        path: '/library/1',
        language,
        theme,
        ...(viewport && { viewport }),
      });
      const { page } = tab;
      const shot = async (view: string) => {
        expect(await accessibilityFaults(page)).toEqual([]);
        const place = `upload-${view}${viewport ? '-phone' : ''}`;
        await screenshot(page, `${place}-${language}-${theme}`);
      };
      await page.getByRole('button', { name: t.upload, exact: true }).click();
      await page.getByRole('menuitem').first().waitFor();
      await shot('menu');
      await page.keyboard.press('Escape');
      await drag(page, [import.meta.path], false);
      await page.getByText(t.drop).waitFor();
      await shot('drop');

      await slowDown(page, MAX_FILE_BYTES / 16);
      await give(page, 'drop', [
        { name: 'notes.txt', bytes: Buffer.from('only text') },
        { name: 'enormous.png', bytes: uniquePng(MAX_FILE_BYTES) },
        { name: 'صورة جميلة للمنتج الجديد في المتجر.png', bytes: uniquePng() },
      ]);
      await pick(page, pictures(40, 40_000));
      const tray = page.getByRole('region', { name: t.tray });
      await tray.getByText(t.left).first().waitFor();
      await tray.getByText(t.refused).first().waitFor();
      await tray.getByText(t.tooLarge).first().waitFor();
      await tray.getByText(t.failed).first().waitFor();
      await shot('tray');

      await tray.getByRole('button', { name: t.hide }).press('Enter');
      await tray.getByRole('listitem').first().waitFor({ state: 'detached' });
      await shot('tray-hidden');
      await tray.getByRole('button', { name: t.show }).press('Enter');
      await tray.getByRole('button', { name: t.cancelAll, exact: true }).press('Enter');
      await tray.getByRole('button', { name: t.close }).press('Enter');
      await tray.waitFor({ state: 'detached' });
      expect(tab.faults).toEqual([]);
    },
    60_000,
  );

  test('of thousands of files draw only those in sight', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/library/1' });
    const { page } = tab;
    await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
    await slowDown(page, 1000);
    const picture = uniquePng();
    await give(
      page,
      'drop',
      Array.from({ length: 3000 }, (_, i) => ({ name: `${i}.png`, bytes: picture })),
    );
    const tray = page.getByRole('region', { name: 'Uploads' });
    await tray.getByText('0 of 3,000 uploaded').first().waitFor();
    expect(await tray.getByRole('listitem').count()).toBeLessThan(30);
    await tray.getByRole('button', { name: 'Cancel all', exact: true }).click();
    expect(tab.faults).toEqual([]);
  }, 60_000);

  test('leave pictures of what has come in for later, until the server has time for them', async () => {
    // What the test before has cancelled may come in, and be removed, meanwhile.
    const mall = await newMall(await Client.loggedIn(server.url));
    await using tab = await openConsole(browser, server.url, { path: `/library/${mall}` });
    const { page } = tab;
    await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
    await page.evaluate(`(${noteEarlyPictures})()`);
    await slowDown(page, 20_000);
    await pick(page, pictures(1, 200_000, 'slow'));
    const tray = page.getByRole('region', { name: 'Uploads' });
    await tray.getByText('0 of 1 uploaded').first().waitFor();
    await pick(page, pictures(3, 1000, 'quick'));
    await until('new tiles', async () => (await page.getByRole('gridcell').count()) === 3 || undefined);
    // The server has nothing else to do.
    await until('their pictures', async () => {
      const shown = await page.locator('[role=gridcell] img[data-shown]').count();
      return shown === 3 || undefined;
    });
    expect(await page.evaluate('globalThis.earlyPictures')).toEqual([]);
    await slowDown(page, 0);
    await uploaded(page, 4);
    expect(tab.faults).toEqual([]);
  }, 60_000);
});

/** In the page: from now on, the names of tiles whose pictures come before their placeholders. */
const noteEarlyPictures = /* JavaScript */ `() => {
  globalThis.earlyPictures = [];
  new MutationObserver(() => {
    for (const image of document.querySelectorAll('[role=gridcell] img')) {
      if (!image.parentElement.style.backgroundColor) {
        earlyPictures.push(image.closest('[role=gridcell]').textContent);
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
}`;
