import { describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { findChromium } from '../../support/chromium.ts';
import { accessibilityFaults, screenshot } from '../../support/console.ts';
import { addPictures, item, mallWith } from '../../support/console-library.ts';
import { withConsole } from '../../support/console-server.ts';
import { missing } from '../../support/services.ts';
import { openSql } from '../../support/sql.ts';

describe.skipIf(missing('Chromium', findChromium()))('where a folder is typed, the console suggests', () => {
  const at = withConsole();

  const field = (page: Page) => page.getByRole('combobox', { name: 'Folder' });
  const option = (page: Page, name: string) => page.getByRole('option', { name });

  test('those of the whole mall, not only of what is loaded', async () => {
    const mallId = await mallWith(at.admin, ['a.png', 'b.png'], 'summer/beach');
    const [id] = await addPictures(at.admin, mallId, ['c.png'], 'spring');
    await using tab = await at.open({ path: `/library/${mallId}?folder=spring` });
    const { page } = tab;
    await item(page, 'c.png').getByRole('checkbox').click();

    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await field(page).fill('beach');
    await option(page, 'summer/beach 2').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'folder-suggestions');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

    await page.goto(`${at.server.url}/library/${mallId}/materials/${id}`);
    await page.getByRole('tab', { name: 'Edit' }).click();
    await field(page).fill('beach');
    await option(page, 'summer/beach 2').waitFor();

    await page.goto(`${at.server.url}/library/${mallId}/fetch`);
    await field(page).fill('beach');
    await option(page, 'summer/beach 2').waitFor();

    await page.goto(`${at.server.url}/library/${mallId}?folder=spring`);
    await page.getByRole('button', { name: /^Filters/ }).click();
    await field(page).fill('summer');
    await option(page, 'summer/beach 2').click();
    await page.getByRole('button', { name: 'Show results' }).click();
    await item(page, 'a.png').waitFor();
    expect(new URL(page.url()).search).toBe('?folder=summer%2Fbeach');
    expect(tab.faults).toEqual([]);
  }, 60_000);

  test('what begins with the text, where there are more than come at once', async () => {
    const mallId = await mallWith(at.admin, ['a.png']);
    const sql = await openSql(at.server, {});
    await sql`
      insert into materials
        (id, mall_id, blob_id, kind, size, origin_filename, base_path, folder, source)
      select gen_random_uuid(), mall_id, blob_id, kind, size, 'x.png', '/mall/2026-01-01/' || gen_random_uuid() || '.png',
        'folder ' || lpad(n::text, 3, '0'), source
      from materials, generate_series(1, 150) as n where mall_id = ${mallId}`;
    await sql.end();
    await using tab = await at.open({ path: `/library/${mallId}?name=a.png` });
    const { page } = tab;
    await page.getByRole('button', { name: /^Filters/ }).click();
    await field(page).fill('folder 149');
    await option(page, 'folder 149').click();
    await page.getByRole('button', { name: 'Show results' }).click();
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    expect(tab.faults).toEqual([]);
  }, 60_000);
});
