import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { openConsole } from '../../support/console.ts';
import { keptIn, pick, pictures, slowDown, tray, uploaded } from '../../support/console-uploads.ts';
import { freePort } from '../../support/ports.ts';
import { missing } from '../../support/services.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { temporaryDirectory, until } from '../../support/temporary.ts';
import { newUser } from '../../support/users.ts';

const MIB = 1024 * 1024;
const FILES = 120;

describe.skipIf(missing('Chromium', findChromium()))("the console's uploads go on", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let env: Record<string, string>;
  let server: StockroomServer;
  let browser: Browser;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    env = { PORT: String(await freePort()) };
    [server, browser] = await Promise.all([
      startStockroom({ env, dataDir: directory.path }),
      startChromium(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test('when the server was killed in the middle and comes back, and everything is there once', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/library/1' });
    const { page } = tab;
    await slowDown(page, 2 * MIB);
    await pick(page, pictures(FILES, 60_000, 'killed'));
    await someUploaded(page);
    await server.kill();
    await tray(page).getByText('The server cannot be reached.').first().waitFor();
    server = await startStockroom({ env, dataDir: directory.path });
    await tray(page).getByRole('button', { name: 'Try now' }).click();
    await slowDown(page, 0);
    await uploaded(page, FILES);
    expect(await kept('killed')).toEqual(namesOf('killed', FILES));
    expect(faultsOf(tab.faults)).toEqual([]);
  }, 60_000);

  test('when answers are lost, and nothing is there twice', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/library/1' });
    const { page } = tab;
    let lost = 0;
    await page.route('**/graphql', async (route) => {
      const isUpload = route.request().postDataBuffer()?.includes('uploadMaterials') ?? false;
      if (!isUpload || lost === 3) return await route.fallback();
      lost++;
      await route.fetch();
      await route.abort('connectionreset');
    });
    await pick(page, pictures(50, 1000, 'lost'));
    await uploaded(page, 50);
    expect(lost).toBe(3);
    expect(await kept('lost')).toEqual(namesOf('lost', 50));
    expect(faultsOf(tab.faults)).toEqual([]);
  }, 60_000);

  test('when the user has logged in again after the session was ended elsewhere', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/library/1' });
    const { page } = tab;
    await slowDown(page, 2 * MIB);
    await pick(page, pictures(FILES, 60_000, 'session'));
    await someUploaded(page);
    const elsewhere = await Client.loggedIn(server.url);
    await elsewhere.data('mutation { logoutEverywhere }');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await tray(page).getByText('You have been logged out.').first().waitFor();
    expect(await tray(page).getByText('session-').count()).toBe(0);
    await logIn(page, ADMIN);
    await slowDown(page, 0);
    await uploaded(page, FILES);
    expect(await kept('session')).toEqual(namesOf('session', FILES));
    expect(faultsOf(tab.faults)).toEqual([]);
  }, 60_000);

  test('not for somebody else who logs in there', async () => {
    const { username, password } = await newUser(await Client.loggedIn(server.url), {
      malls: { 1: 'EDITOR' },
    });
    await using tab = await openConsole(browser, server.url, { path: '/library/1' });
    const { page, context } = tab;
    await slowDown(page, MIB);
    await pick(page, pictures(FILES, 60_000, 'dropped'));
    await someUploaded(page);
    await context.clearCookies();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await logIn(page, { username, password });
    await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
    await tray(page).waitFor({ state: 'detached' });
    await pick(page, pictures(1, 1000, 'own'));
    await slowDown(page, 0);
    await uploaded(page, 1);
    expect((await kept('dropped')).length).toBeLessThan(FILES);
    expect(faultsOf(tab.faults)).toEqual([]);
  }, 60_000);

  /** Names of the materials in mall 1 that begin so. */
  async function kept(prefix: string): Promise<string[]> {
    const names = await keptIn(await Client.loggedIn(server.url), 1);
    return names.filter((name) => name.startsWith(prefix));
  }
});

/** Waits until some files are there and others are not. */
async function someUploaded(page: Page): Promise<void> {
  await until(
    'some files to be uploaded',
    async () => {
      const title = (await tray(page).allInnerTexts()).join();
      const [, done, total] = /(\d+) of (\d+) uploaded/.exec(title) ?? [];
      if (done === total && done !== undefined) throw new Error('all files were uploaded too soon');
      return Number(done) > 0 || undefined;
    },
    30_000,
  );
}

async function logIn(page: Page, user: { readonly username: string; readonly password: string }) {
  await page.locator('input[name=username]').fill(user.username);
  await page.locator('input[name=password]').fill(user.password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

function namesOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${i}.png`).sort();
}

/** Browsers note broken connections in the console by themselves. */
function faultsOf(faults: readonly string[]): string[] {
  return faults.filter((fault) => !/net::ERR_|Failed to fetch/.test(fault));
}
