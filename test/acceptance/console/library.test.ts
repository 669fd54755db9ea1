import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { openConsole } from '../../support/console.ts';
import { addMedia, addPictures, item, mallWith, waitForNames } from '../../support/console-library.ts';
import { missing } from '../../support/services.ts';
import { openSql } from '../../support/sql.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { until } from '../../support/temporary.ts';
import { newMall, newUser } from '../../support/users.ts';
import { readZip } from '../../support/zip.ts';

let server: StockroomServer;
let browser: Browser;
let admin: Client;

describe.skipIf(missing('Chromium', findChromium()))('the library', () => {
  beforeAll(async () => {
    server = await startStockroom();
    browser = await startChromium();
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test('keeps filters, order and view in its address, which shows the same again', async () => {
    const mallId = await mallWith(admin, ['b.png', 'A.png'], 'spring/posters');
    await addMedia(admin, mallId);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}` });
    const { page } = tab;
    const search = () => new URL(page.url()).search;
    await item(page, 'A.png').waitFor();

    await page.getByRole('combobox', { name: 'Sort by' }).click();
    await page.getByRole('option', { name: 'Name, A to Z' }).click();
    await waitForNames(page, ['A.png', 'b.png', 'photo.jpg', 'plain.mp3', 'plain.webm']);
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'Pictures' }).click();
    await page.getByRole('combobox', { name: 'Folder' }).fill('spring/posters');
    await page.getByRole('button', { name: 'Show results' }).click();
    await waitForNames(page, ['A.png', 'b.png']);
    await page.getByRole('radiogroup', { name: 'View' }).locator('label', { hasText: 'List' }).click();
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await waitForNames(page, ['b.png', 'A.png']);
    expect(search()).toBe('?kind=IMAGE&folder=spring%2Fposters&sort=NAME_DESC&view=list');

    await page.reload();
    await waitForNames(page, ['b.png', 'A.png']);
    await page.goBack();
    await waitForNames(page, ['A.png', 'b.png']);
    await page.getByRole('button', { name: 'All folders' }).click();
    await page.getByRole('button', { name: 'Remove filter: Kind: Pictures' }).click();
    await page.getByRole('searchbox').fill('PLAIN');
    await waitForNames(page, ['plain.mp3', 'plain.webm']);
    await page.getByRole('searchbox').fill('nobody has this');
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    expect(search()).toBe('?name=nobody+has+this&sort=NAME_ASC&view=list');
    await page.getByRole('main').getByRole('button', { name: 'Clear filters' }).last().click();
    await waitForNames(page, ['A.png', 'b.png', 'photo.jpg', 'plain.mp3', 'plain.webm']);
    expect(tab.faults).toEqual([]);
  });

  test('is used by keyboard alone', async () => {
    const names = ['1.png', '2.png', '3.png', '4.png', '5.png', '6.png', '7.png'];
    const mallId = await mallWith(admin, names);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}?sort=NAME_ASC` });
    const { page } = tab;
    await waitForNames(page, names);
    // Where the tabulator leads, after what is above.
    await page.getByRole('radio', { name: 'Grid' }).focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('1.png');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    expect([await focused(page), await selected(page)]).toEqual(['4.png', ['2.png', '3.png', '4.png']]);
    await page.keyboard.press('Shift+ArrowLeft');
    expect(await selected(page)).toEqual(['2.png', '3.png']);
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('7.png');
    await page.keyboard.press('Home');
    expect(await focused(page)).toBe('6.png');
    await page.keyboard.press('Control+a');
    expect(await selected(page)).toEqual(names);
    await page.keyboard.press('Escape');
    expect(await selected(page)).toEqual([]);
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Delete');
    await waitForNames(page, names.slice(1));
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitForNames(page, names);
    await item(page, '2.png').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/library/${mallId}/materials/*`);
    // Whose page knows its neighbours from here.
    expect(await page.evaluate(() => history.state?.ids.length)).toBe(7);
    expect(tab.faults).toEqual([]);
  });

  test('selects with control and shift as file managers do', async () => {
    const names = ['1.png', '2.png', '3.png', '4.png', '5.png'];
    const mallId = await mallWith(admin, names);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}?sort=NAME_ASC` });
    const { page } = tab;
    await item(page, '2.png').getByRole('checkbox').click();
    await item(page, '4.png')
      .getByRole('link')
      .first()
      .click({ modifiers: ['Shift'] });
    expect(await selected(page)).toEqual(['2.png', '3.png', '4.png']);
    await item(page, '3.png')
      .getByRole('link')
      .first()
      .click({ modifiers: ['Control'] });
    await item(page, '5.png').getByRole('checkbox').click();
    expect(await selected(page)).toEqual(['2.png', '4.png', '5.png']);
    await page.getByText('3 selected').waitFor();
    await page.getByRole('button', { name: 'Clear selection' }).click();
    expect(await selected(page)).toEqual([]);
    expect(tab.faults).toEqual([]);
  });

  test('tags, moves, publishes and trashes many at once, and says what was refused', async () => {
    const mallId = await mallWith(admin, ['a.png', 'b.png', 'c.png']);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}?sort=NAME_ASC` });
    const { page } = tab;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await item(page, 'a.png').getByRole('checkbox').click();
    await item(page, 'b.png').getByRole('checkbox').click();

    await button('Tags').click();
    await page.getByRole('combobox', { name: 'Add tags' }).fill('sale');
    await page.keyboard.press('Enter');
    await page.keyboard.type('autumn');
    await page.keyboard.press('Enter');
    await button('Apply').click();
    await page.getByText('Changed 2 materials.').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Tags');
    await button('Make private').click();
    await button('Move').click();
    await page.getByRole('combobox', { name: 'Folder' }).fill('summer / beach');
    await button('Move here').click();
    await page.getByText('Moved 2 materials.').waitFor();
    const state = { tags: ['sale', 'autumn'], visibility: 'PRIVATE', folder: 'summer/beach' };
    expect(await materials(mallId)).toEqual([
      { originFilename: 'a.png', ...state },
      { originFilename: 'b.png', ...state },
      { originFilename: 'c.png', tags: [], visibility: 'PUBLIC', folder: '' },
    ]);

    // Gone without a word, as by a server's own hand.
    const sql = await openSql(server, process.env as Record<string, string>);
    await sql`delete from materials where mall_id = ${mallId} and origin_filename = 'b.png'`;
    await sql.end();
    await button('Trash').click();
    const refused = page.getByRole('dialog', { name: 'One material was left as it is' });
    await refused.getByText('b.png').waitFor();
    await refused.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Restored one material.').waitFor();
    expect((await materials(mallId)).map((one) => one.originFilename)).toEqual(['a.png', 'c.png']);
    expect(tab.faults).toEqual([]);
  });

  test('says what was done before the connection was lost, and lets the rest be tried again', async () => {
    const mallId = await mallWithMany(149);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}?sort=NAME_ASC` });
    const { page } = tab;
    await page.getByText('150 materials').waitFor();
    await item(page, 'row 0001.png').getByRole('checkbox').click();
    await until('a selection of all', async () => {
      await page.keyboard.press('Control+a');
      return (await page.getByText('150 selected').isVisible()) || undefined;
    });

    await loseSecond(page, 'UpdateMaterials');
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Move 150 materials' });
    await dialog.getByRole('combobox', { name: 'Folder' }).fill('summer');
    await dialog.getByRole('button', { name: 'Move here' }).click();
    await page.getByText('Moved 100 materials.').waitFor();
    await page.getByText('The server cannot be reached.').waitFor();
    const { materials: moved } = await admin.data<{ materials: { totalCount: number } }>(
      `query ($mallId: Int!) { materials(mallId: $mallId, filter: { folder: "summer" }) { totalCount } }`,
      { mallId },
    );
    expect(moved.totalCount).toBe(100);
    await dialog.getByRole('button', { name: 'Move here' }).click();
    await page.getByText('Moved 150 materials.').waitFor();
    await dialog.waitFor({ state: 'detached' });

    await loseSecond(page, 'DeleteMaterials');
    await page.getByRole('button', { name: 'Trash', exact: true }).click();
    await page.getByText('Moved 100 materials to the trash.').waitFor();
    await page.getByText('50 selected').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Restored 100 materials.').waitFor();
    await page.getByText('150 materials', { exact: true }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test('restores from the trash, and deletes for ever what is confirmed', async () => {
    const mallId = await newMall(admin);
    const ids = await addPictures(admin, mallId, ['a.png', 'b.png', 'c.png']);
    await admin.data('mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { code } }', { ids });
    await using tab = await openConsole(browser, server.url, {
      path: `/library/${mallId}/trash?sort=NAME_ASC`,
    });
    const { page } = tab;
    await waitForNames(page, ['a.png', 'b.png', 'c.png']);
    await item(page, 'b.png').getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await waitForNames(page, ['a.png', 'c.png']);
    await item(page, 'a.png').click();
    await page.keyboard.press('Control+a');
    await page.getByRole('button', { name: 'Delete for ever' }).click();
    await page.getByRole('dialog', { name: 'Delete 2 materials for ever?' }).waitFor();
    await page.getByRole('button', { name: 'Delete 2 for ever' }).click();
    await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();
    expect((await materials(mallId)).map((one) => one.originFilename)).toEqual(['b.png']);
    expect(await materials(mallId, { trashed: true })).toEqual([]);
    expect(tab.faults).toEqual([]);
  });

  test('gives a ZIP and addresses to viewers, and nothing that changes', async () => {
    const mallId = await mallWith(admin, ['a.png', 'b.png', 'c.png']);
    const viewer = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
    await using tab = await openConsole(browser, server.url, {
      user: viewer,
      path: `/library/${mallId}?sort=NAME_ASC`,
    });
    const { page, context } = tab;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await item(page, 'a.png').getByRole('checkbox').click();
    await item(page, 'c.png').getByRole('checkbox').click();
    const toolbar = page.getByRole('toolbar');
    expect(await toolbar.getByRole('button').allInnerTexts()).toEqual(['', 'Download ZIP', 'Copy addresses']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      toolbar.getByRole('button', { name: 'Download ZIP' }).click(),
    ]);
    const archive = readZip(await Bun.file(await download.path()).bytes());
    expect([...archive.keys()]).toEqual(['a.png', 'c.png']);
    await toolbar.getByRole('button', { name: 'Copy addresses' }).click();
    await page.getByText('Copied 2 addresses.').waitFor();
    const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
    expect(await Promise.all(copied.map(async (url) => (await viewer.client.send(url)).status))).toEqual([
      200, 200,
    ]);
    // Trash is not the viewer's.
    await item(page, 'b.png').focus();
    await page.keyboard.press('Delete');
    expect(await page.getByRole('link', { name: 'Trash' }).count()).toBe(0);
    expect((await materials(mallId)).length).toBe(3);
    expect(tab.faults).toEqual([]);
  });

  test('follows what others do, without moving what is read', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `old ${String(i).padStart(2, '0')}.png`);
    const mallId = await mallWith(admin, names);
    await using tab = await openConsole(browser, server.url, {
      path: `/library/${mallId}`,
      viewport: { width: 800, height: 500 },
    });
    const { page } = tab;
    await item(page, 'old ').first().waitFor();
    const [id] = await addPictures(admin, mallId, ['new.png']);
    await item(page, 'new.png').waitFor();
    await page.getByText('41 materials').waitFor();
    await admin.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { visibility: PRIVATE }) { id } }',
      {
        id,
      },
    );
    await item(page, 'new.png').getByText('Private').waitFor({ state: 'attached' });
    await admin.data('mutation ($id: ID!) { deleteMaterials(ids: [$id]) { code } }', { id });
    await item(page, 'new.png').waitFor({ state: 'detached' });

    await scrollBy(page, 1200);
    await addPictures(admin, mallId, ['newer.png', 'newest.png']);
    await page.getByRole('button', { name: '2 new materials' }).click();
    await item(page, 'newest.png').waitFor();
    await item(page, 'newer.png').waitFor();
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    expect(tab.faults).toEqual([]);
  });

  test('keeps few elements of a long list, and comes back to where it was left', async () => {
    const mallId = await mallWithMany(1500);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}?sort=NAME_ASC` });
    const { page } = tab;
    await item(page, 'row 0001.png').waitFor();
    for (let step = 0; step < 60; step++) {
      await scrollBy(page, 2000);
      expect(await page.locator('*').count()).toBeLessThan(2500);
      if (await item(page, 'row 0600.png').count()) break;
    }
    const tile = item(page, 'row 0600.png');
    await tile.scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => window.scrollY);
    expect(before).toBeGreaterThan(10_000);
    await tile.getByRole('link').first().click();
    await page.waitForURL('**/materials/*');
    await page.goBack();
    await tile.waitFor();
    expect(await page.evaluate(() => window.scrollY)).toBe(before);
    expect(tab.faults).toEqual([]);
  });

  test('says what to do where there is nothing yet', async () => {
    const mallId = await newMall(admin);
    await using tab = await openConsole(browser, server.url, { path: `/library/${mallId}` });
    await tab.page.getByRole('heading', { name: 'No materials yet' }).waitFor();
    await tab.page.getByText('Drop pictures, videos or sounds here').waitFor();
    expect(tab.faults).toEqual([]);
  });
});

/** A mall with so many rows of one picture, and the picture. */
async function mallWithMany(count: number): Promise<number> {
  const mallId = await mallWith(admin, ['seed.png']);
  const sql = await openSql(server, process.env as Record<string, string>);
  await sql`
    insert into materials (id, mall_id, blob_id, kind, size, width, height, origin_filename, base_path, folder,
        source, uploaded_by, created_at)
      select uuidv7(), mall_id, blob_id, kind, size, width, height, 'row ' || to_char(n, 'fm0000') || '.png',
        '/rows/' || mall_id || '/' || n || '.png', '', source, uploaded_by, created_at + n * interval '1 second'
      from materials, generate_series(1, ${count}::int) n where mall_id = ${mallId}`;
  await sql.end();
  return mallId;
}

/** The connection is lost with the second request for an operation. */
async function loseSecond(page: Page, operation: string): Promise<void> {
  let requests = 0;
  await page.route('**/graphql', async (route) => {
    const { operationName } = (route.request().postDataJSON() ?? {}) as { operationName?: string };
    if (operationName === operation && ++requests === 2) await route.abort('connectionfailed');
    else await route.fallback();
  });
}

/** Of a mall, by name. */
async function materials(mallId: number, filter: object = {}): Promise<Record<string, unknown>[]> {
  const data = await admin.data<{ materials: { edges: { node: Record<string, unknown> }[] } }>(
    `query ($mallId: Int!, $filter: MaterialFilter) {
      materials(mallId: $mallId, filter: $filter, orderBy: NAME_ASC) {
        edges { node { originFilename tags visibility folder } }
      }
    }`,
    { mallId, filter },
  );
  return data.materials.edges.map(({ node }) => node);
}

/** @returns when the page has noticed. */
async function scrollBy(page: Page, pixels: number): Promise<void> {
  await page.evaluate((by) => {
    window.scrollBy(0, by);
    // Events of scrolling come before the next frame is drawn.
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }, pixels);
}

/** Name of the material that has the keyboard's focus. */
async function focused(page: Page): Promise<string | undefined> {
  return await page.evaluate(() =>
    document.activeElement?.closest('[data-index]')?.querySelector('[dir=auto]')?.textContent?.trim(),
  );
}

async function selected(page: Page): Promise<string[]> {
  return await page.locator('[data-index][aria-selected=true] [dir=auto]').allInnerTexts();
}
