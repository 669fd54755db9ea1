import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createBucket, findCeph } from '../../support/ceph.ts';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { fixture } from '../../support/client.ts';
import { openConsole, screenshot } from '../../support/console.ts';
import { findPostgres, startPostgres } from '../../support/postgres.ts';
import { missingRedis, startRedis } from '../../support/redis.ts';
import { missing } from '../../support/services.ts';
import { startStockroom } from '../../support/stockroom.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const NEW_PASSWORD = 'four words make one';
const FILES = ['photo.jpg', 'animated.gif', 'index-first.mp4', 'plain.mp3'];

let browser: Browser;

describe.skipIf(missing('Chromium', findChromium()))('somebody who has read nothing', () => {
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(async () => await browser?.close());

  test('gets from the generated password to a report (all embedded)', async () => {
    await journey({});
  });

  test.skipIf(missing('PostgreSQL', findPostgres()) || missingRedis() || missing('Ceph', findCeph()))(
    'gets from the generated password to a report (PostgreSQL, Redis, S3)',
    async () => {
      await using postgres = await startPostgres();
      await using redis = await startRedis();
      const bucket = await createBucket();
      await journey({
        DATABASE_URL: await postgres.createDatabase(),
        REDIS_URL: redis.url,
        ...bucket.env(),
      });
      expect((await bucket.objects()).length).toBeGreaterThanOrEqual(FILES.length);
    },
    120_000,
  );
});

/** Signs in, uploads a folder, finds a picture, shares it and downloads a report. */
async function journey(env: Readonly<Record<string, string>>): Promise<void> {
  await using server = await startStockroom({ env: { ...env, ADMIN_PASSWORD: '' } });
  const secret = await Bun.file(join(server.dataDir, 'first-admin.txt')).text();
  await using tab = await openConsole(browser, server.url, { user: null });
  const { page, context } = tab;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);

  await page.getByLabel('User name').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill(/^Password: (\S+)$/m.exec(secret)?.[1] ?? '');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Choose your password' }).waitFor();
  await page
    .getByRole('textbox', { name: 'Present password' })
    .fill(/^Password: (\S+)$/m.exec(secret)?.[1] ?? '');
  await page.getByRole('textbox', { name: 'New password', exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('textbox', { name: 'New password, once more' }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('No materials yet').waitFor();

  await using directory = await temporaryDirectory();
  const folder = join(directory.path, 'spring 春天');
  await mkdir(folder);
  for (const name of FILES) await Bun.write(join(folder, name), await fixture(name));
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'A folder…' }).click();
  await (await chooser).setFiles(folder);
  await page.getByText('4 files uploaded').first().waitFor();

  await page.getByPlaceholder('Search by name').fill('PHOTO');
  const found = page.getByRole('main').getByText('photo.jpg', { exact: true }).first();
  await page
    .getByRole('main')
    .getByText('animated.gif', { exact: true })
    .first()
    .waitFor({ state: 'detached' });
  await found.click();
  await page.getByRole('heading', { name: 'photo.jpg' }).waitFor();
  await page.getByRole('tab', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Copy: Address' }).click();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  const shared = await fetch(address);
  expect([shared.status, shared.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(await shared.bytes()).toEqual(await (await fixture('photo.jpg')).bytes());

  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByText('4 rows').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const report = await Bun.file(await (await download).path()).bytes();
  // The local file header of a ZIP archive (APPNOTE.TXT, section 4.3.7), which a workbook is.
  expect([...report.subarray(0, 4)]).toEqual([0x50, 0x4b, 3, 4]);
  await screenshot(page, `journey-end${env.REDIS_URL ? '-scaled-out' : ''}`);
  expect(tab.faults).toEqual([]);
}
