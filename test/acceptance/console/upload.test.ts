import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { type ConsoleTab, openConsole } from '../../support/console.ts';
import {
  drag,
  give,
  keptIn,
  pick,
  pictures,
  slowDown,
  tray,
  uploaded,
} from '../../support/console-uploads.ts';
import { uniquePng } from '../../support/pictures.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { temporaryDirectory, until } from '../../support/temporary.ts';
import { newMall } from '../../support/users.ts';

const MIB = 1024 * 1024;

describe.skipIf(missing('Chromium', findChromium()))('the console uploads', () => {
  let server: StockroomServer;
  let client: Client;
  let browser: Browser;
  beforeAll(async () => {
    // The tests ask again and again what has come in.
    const env = { USER_REQUESTS_PER_MINUTE: '0' };
    [server, browser] = await Promise.all([startStockroom({ env }), startChromium()]);
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('what is dropped, with the folders in it, what is pasted, and what is picked', async () => {
    await using mall = await openMall();
    const { page } = mall.tab;
    await using disk = await temporaryDirectory();
    const season = join(disk.path, 'season');
    await mkdir(join(season, 'spring/new'), { recursive: true });
    for (const path of ['top.png', 'spring/a.png', 'spring/new/b.png']) {
      await writeFile(join(season, path), uniquePng());
    }
    await writeFile(join(season, '.DS_Store'), 'of the system');
    await writeFile(join(disk.path, 'loose.png'), uniquePng());

    await drag(page, [join(disk.path, 'loose.png')], false);
    await page.getByText('Drop to upload to').waitFor();
    await drag(page, [season, join(disk.path, 'loose.png')]);
    await uploaded(page, 4);
    await pick(page, season, 'folder');
    await uploaded(page, 3);
    await pick(page, pictures(2));
    await uploaded(page, 2);
    await give(page, 'paste', [{ name: 'image.png', bytes: uniquePng() }]);
    await uploaded(page, 1);

    const kept = await mall.kept();
    const pasted = kept.find((name) => /^image-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.png$/.test(name));
    const ofSeason = ['season/spring/a.png', 'season/spring/new/b.png', 'season/top.png'];
    expect(kept).toEqual(
      ['loose.png', 'picture-0.png', 'picture-1.png', String(pasted), ...ofSeason, ...ofSeason].sort(),
    );
    expect(mall.tab.faults).toEqual([]);
  }, 60_000);

  test('files of any name, and nothing in a name is run', async () => {
    await using mall = await openMall();
    const { page } = mall.tab;
    const names = [
      '<img src=x onerror="globalThis.ran=1">.png',
      '</title><script>globalThis.ran=1</script>.png',
      '{{constructor.constructor("globalThis.ran=1")()}}.png',
      'صورة جميلة للمنتج.png',
      'invoice\u202egnp.exe.png',
      `${'长'.repeat(99)}.png`,
      '../../etc/passwd.png',
    ];
    await give(
      page,
      'drop',
      names.map((name) => ({ name, bytes: uniquePng() })),
    );
    await uploaded(page, names.length);
    for (const name of names)
      await tray(page).getByRole('link', { name, exact: true }).scrollIntoViewIfNeeded();
    const boxes = await tray(page)
      .getByRole('listitem')
      .evaluateAll((rows) =>
        rows.map((row) => {
          const { scrollWidth, clientWidth } = row as unknown as { scrollWidth: number; clientWidth: number };
          return scrollWidth <= clientWidth;
        }),
      );
    expect(boxes).not.toContain(false);
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    expect(await tray(page).locator('img, script').count()).toBe(0);
    // A browser writes quotes in the name of a part as %22.
    const sent = names.map((name) => name.replaceAll('"', '%22'));
    expect((await mall.kept()).map((name) => name.replaceAll('"', '%22'))).toEqual(sent.toSorted());
    expect(mall.tab.faults).toEqual([]);
  }, 60_000);

  test('and tries a refused file again when it is told to', async () => {
    await using mall = await openMall();
    const { page } = mall.tab;
    await setQuota(mall.id, 2000);
    await pick(page, pictures(2, 5000));
    await tray(page).getByText('2 not uploaded').waitFor();
    expect(await tray(page).getByText("The mall's quota does not leave room for this.").count()).toBe(2);
    await setQuota(mall.id, null);
    await tray(page).getByRole('button', { name: 'Try picture-0.png again' }).click();
    await tray(page).getByText('1 file uploaded').first().waitFor();
    await tray(page).getByRole('button', { name: 'Try all again' }).click();
    await uploaded(page, 2);
    expect(await mall.kept()).toEqual(['picture-0.png', 'picture-1.png']);
    expect(mall.tab.faults).toEqual([]);
  }, 60_000);

  test('not what is cancelled, wherever it is on its way', async () => {
    await using mall = await openMall();
    const { page } = mall.tab;
    await slowDown(page, MIB);
    const big = pictures(1, 6 * MIB, 'big');
    // Each of the three requests has a big file alone, or a batch.
    await pick(page, [...big, ...pictures(20, 50_000, 'first'), ...pictures(40, 50_000, 'second')]);
    await tray(page).getByRole('progressbar', { name: 'Progress of first-0.png' }).waitFor();
    for (const name of ['big-0.png', 'first-3.png']) {
      await tray(page)
        .getByRole('button', { name: `Cancel ${name}` })
        .click();
    }
    await slowDown(page, 0);
    await uploaded(page, 59);
    const left = [...pictures(20, 0, 'first'), ...pictures(40, 0, 'second')].map(({ name }) => name);
    const wanted = left.filter((name) => name !== 'first-3.png').sort();
    // What had left with others comes in and is removed.
    await until('what was cancelled to be removed', async () =>
      (await mall.kept()).length === wanted.length ? true : undefined,
    );
    expect(await mall.kept()).toEqual(wanted);

    await slowDown(page, MIB / 4);
    await pick(page, pictures(40, 100_000, 'all'));
    await tray(page).getByRole('progressbar', { name: 'Progress of all-0.png' }).waitFor();
    await tray(page).getByRole('button', { name: 'Cancel all', exact: true }).click();
    await slowDown(page, 0);
    await tray(page).waitFor({ state: 'detached' });
    await until('nothing to be left of it', async () =>
      (await mall.kept()).length === wanted.length ? true : undefined,
    );
    expect(mall.tab.faults).toEqual([]);
  }, 60_000);

  test('and warns whoever closes the page meanwhile', async () => {
    await using mall = await openMall();
    const { page } = mall.tab;
    // Browsers warn only where the user has done something.
    await page.getByRole('heading', { level: 1 }).click();
    await slowDown(page, MIB / 16);
    await pick(page, pictures(10, 20_000));
    await tray(page).waitFor();
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await slowDown(page, 0);
    await uploaded(page, 10);
    const closed = page.waitForEvent('close');
    await page.close({ runBeforeUnload: true });
    await closed;
  }, 60_000);

  /** A new mall, shown in a tab of its own. */
  async function openMall() {
    const id = await newMall(client);
    const tab: ConsoleTab = await openConsole(browser, server.url, { path: `/library/${id}` });
    await tab.page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
    return {
      id,
      tab,
      kept: () => keptIn(client, id),
      [Symbol.asyncDispose]: () => tab[Symbol.asyncDispose](),
    };
  }

  async function setQuota(id: number, quotaBytes: number | null): Promise<void> {
    await client.data(
      'mutation ($id: Int!, $quotaBytes: ByteCount) { updateMall(id: $id, quotaBytes: $quotaBytes) { id } }',
      { id, quotaBytes },
    );
  }
});
