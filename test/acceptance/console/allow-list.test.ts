import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { openConsole } from '../../support/console.ts';
import { item } from '../../support/console-library.ts';
import { pick, pictures, uploaded } from '../../support/console-uploads.ts';
import { missing } from '../../support/services.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const LISTED = '{ malls { name } }';
const FOREIGN = '{ malls { id name } }';
/** As its heading is on the page. */
const PAGES = [
  ['/reports', 'Reports'],
  ['/library/1/fetch', 'Fetch by address'],
  ['/library/1/trash', 'Trash'],
  ['/account', 'admin'],
  ['/admin/users', 'Users'],
  ['/admin/audit', 'Audit trail'],
] as const;

describe.skipIf(missing('Chromium', findChromium()))('beside an allow-list of documents', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: StockroomServer;
  let browser: Browser;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    const file = join(directory.path, 'documents.json');
    await Bun.write(file, JSON.stringify({ malls: LISTED }));
    [server, browser] = await Promise.all([
      startStockroom({ env: { GRAPHQL_DOCUMENTS: file } }),
      startChromium(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test('the console works, and nothing else is let in with it', async () => {
    await using tab = await openConsole(browser, server.url, { user: null });
    const { page } = tab;
    const refused: (string | null)[] = [];
    page.on('response', (answer) => {
      if (answer.url().endsWith('/graphql') && answer.status() === 403) {
        refused.push(answer.request().postData());
      }
    });
    await page.getByLabel('User name').fill(ADMIN.username);
    await page.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('No materials yet').waitFor();

    await pick(page, pictures(2));
    await uploaded(page, 2);
    await item(page, 'picture-1.png').click();
    await page.getByRole('heading', { name: 'picture-1.png' }).waitFor();
    await page.getByRole('tab', { name: 'Share' }).click();
    for (const [path, heading] of PAGES) {
      await page.goto(server.url + path);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    }
    expect(refused).toEqual([]);
    expect(tab.faults).toEqual([]);

    expect(await ask(page, LISTED)).toEqual({ data: { malls: [{ name: expect.any(String) }] } });
    for (const query of [FOREIGN, 'query Me { me { id } }', '{ __typename }']) {
      expect([query, (await ask(page, query)).errors?.[0]?.extensions.code]).toEqual([
        query,
        'DOCUMENT_NOT_ALLOWED',
      ]);
    }
  }, 60_000);
});

/** Sends a document with the page's own session. */
async function ask(
  page: Page,
  query: string,
): Promise<{ data?: unknown; errors?: { extensions: { code: string } }[] }> {
  return await page.evaluate(async (text) => {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text }),
    });
    return await answer.json();
  }, query);
}
