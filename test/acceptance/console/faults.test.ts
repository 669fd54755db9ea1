import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client, fixture } from '../../support/client.ts';
import { login, openConsole } from '../../support/console.ts';
import { freePort } from '../../support/ports.ts';
import { missing } from '../../support/services.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { newUser } from '../../support/users.ts';

let server: StockroomServer;
let browser: Browser;
let admin: Client;

describe.skipIf(missing('Chromium', findChromium()))('the console', () => {
  beforeAll(async () => {
    server = await startStockroom();
    browser = await startChromium();
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test('shows nothing of one user to another who has logged in in another tab', async () => {
    const { createMall } = await admin.data<{ createMall: { id: number } }>(
      'mutation { createMall(name: "Secret mall") { id } }',
    );
    const other = await newUser(admin, { malls: { 1: 'VIEWER' } });
    await using tab = await openConsole(browser, server.url, { path: `/library/${createMall.id}` });
    await tab.page.getByRole('heading', { name: 'Library of Secret mall' }).waitFor();
    await using second = await openConsole(browser, server.url, { context: tab.context, user: null });
    await login(tab.context, server.url, other);
    await second.page.reload();
    await second.page.getByRole('button', { name: `Account of ${other.username}` }).waitFor();

    await tab.page.getByRole('button', { name: `Account of ${other.username}` }).waitFor();
    await tab.page.getByText('Secret mall').first().waitFor({ state: 'detached' });
    expect([...tab.faults, ...second.faults]).toEqual([]);
  });

  test('says that a page could not be loaded, and goes on with others', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/developers' });
    const { page } = tab;
    await page.getByRole('heading', { name: 'For developers' }).waitFor();
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('alert').getByText('This part could not be loaded').waitFor();
    await page.getByRole('link', { name: 'For developers' }).click();
    await page.getByRole('heading', { name: 'For developers' }).waitFor();
    await page.unroute('**/assets/*.js');
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByRole('heading', { name: 'Users' }).waitFor();
  });

  test('hears of changes again when the server has been restarted', async () => {
    await using directory = await temporaryDirectory();
    const start = { dataDir: directory.path, env: { PORT: String(await freePort()) } };
    const first = await startStockroom(start);
    await using tab = await openConsole(browser, first.url, { path: '/library/1' });
    await tab.page.getByText('No materials yet').waitFor();
    await first.stop();
    await using again = await startStockroom(start);
    const client = await Client.loggedIn(again.url, ADMIN);
    await client.upload([await fixture('photo.jpg', 'after.jpg')]);
    await tab.page.getByRole('main').getByText('after.jpg').first().waitFor();
    expect(tab.faults.filter((fault) => !fault.includes('ERR_'))).toEqual([]);
  });
});
