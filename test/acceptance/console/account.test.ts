import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client, fixture } from '../../support/client.ts';
import { accessibilityFaults, openConsole, screenshot } from '../../support/console.ts';
import { PictureServer } from '../../support/picture-server.ts';
import { LOOPBACK_ALLOWED } from '../../support/remote-pictures.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { newUser } from '../../support/users.ts';

let server: StockroomServer;
let browser: Browser;
let admin: Client;

describe.skipIf(missing('Chromium', findChromium()))('the account page', () => {
  beforeAll(async () => {
    server = await startStockroom({ env: LOOPBACK_ALLOWED });
    browser = await startChromium();
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test('ends a session elsewhere, whose tab asks for a login and goes on where it was', async () => {
    const user = await newUser(admin);
    await using here = await openConsole(browser, server.url, { user, path: '/account' });
    await using there = await openConsole(browser, server.url, { user, path: '/developers' });
    await there.page.getByRole('heading', { name: 'For developers' }).waitFor();
    await here.page.reload();
    await here.page.getByRole('button', { name: 'End the session of Chrome, Linux' }).click();
    await here.page.getByText('This one').waitFor();
    await here.page
      .getByRole('button', { name: 'End the session of Chrome, Linux' })
      .waitFor({ state: 'detached' });

    await there.page.getByRole('button', { name: 'Account of' }).click();
    await there.page.getByRole('menuitem', { name: 'Account' }).click();
    await there.page.getByRole('heading', { name: 'Log in' }).waitFor();
    await there.page.getByLabel('User name').fill(user.username);
    await there.page.getByRole('textbox', { name: 'Password' }).fill(user.password);
    await there.page.getByRole('button', { name: 'Log in' }).click();
    await there.page.getByRole('heading', { name: `Account of ${user.username}` }).waitFor();
    expect(here.faults).toEqual([]);
    expect(there.faults).toEqual([]);
  });

  test('makes a token that is shown once and works, and revokes it', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/account' });
    const { page } = tab;
    await page.getByLabel('What it is for').fill('nightly <b>job</b>');
    await page.getByLabel('Upload and change').check();
    await page.getByRole('button', { name: 'Make a token' }).click();
    const token = await page.getByRole('status').locator('code').textContent();
    const ask = () =>
      fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ me { username } }' }),
      }).then((answer) => answer.json());
    expect(await ask()).toEqual({ data: { me: { username: 'admin' } } });
    await page.reload();
    await page.getByText('nightly <b>job</b>').waitFor();
    expect(await page.content()).not.toContain(token);
    await page.getByRole('button', { name: 'Revoke nightly <b>job</b>' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('There are none yet.').waitFor();
    expect(await ask()).not.toEqual({ data: { me: { username: 'admin' } } });
    expect(tab.faults).toEqual([]);
  });

  test('shows a picture that it has fetched, and says why another was not', async () => {
    await using pictures = await PictureServer.start();
    const url = pictures.give('/me.jpg', await (await fixture('photo.jpg')).bytes());
    await using tab = await openConsole(browser, server.url, { path: '/account', language: 'zh' });
    const { page } = tab;
    await page.getByLabel('图片地址').fill(`${url}.missing`);
    await page.getByRole('button', { name: '抓取' }).click();
    await page.getByRole('alert').getByText('下载头像失败').waitFor();
    await page.getByLabel('图片地址').fill(url);
    await page.getByRole('button', { name: '抓取' }).click();
    const shown = page.getByRole('main').locator('img[src*="/files/avatar/"]');
    await shown.waitFor();
    expect(
      await shown.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBe(96);
    expect(tab.faults).toEqual([]);
  });

  test('changes the password, and says what is wrong with another', async () => {
    const user = await newUser(admin);
    await using tab = await openConsole(browser, server.url, { user, path: '/account' });
    const { page } = tab;
    const change = async (current: string, next: string, again: string) => {
      await page.getByLabel('Present password').fill(current);
      await page.getByLabel('New password', { exact: false }).first().fill(next);
      await page.getByLabel('New password, once more').fill(again);
      await page.getByRole('button', { name: 'Change password' }).click();
    };
    await change(user.password, 'four words make one', 'four words make two');
    await page.getByText('The two are not the same.').waitFor();
    await change('not the password', 'four words make one', 'four words make one');
    await page.getByRole('alert').waitFor();
    await change(user.password, 'four words make one', 'four words make one');
    await page.getByText('The password is changed.').waitFor();
    await Client.loggedIn(server.url, { username: user.username, password: 'four words make one' });
    expect(tab.faults).toEqual([]);
  });

  test('keeps the language and the colours that somebody chooses', async () => {
    await using tab = await openConsole(browser, server.url, { path: '/account' });
    const { page } = tab;
    await page.getByRole('main').getByText('中文', { exact: true }).click();
    await page.getByText('深色', { exact: true }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'admin 的账户' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    await page.getByLabel('当前密码').fill('x');
    await page.getByLabel('新密码').first().fill('12345678');
    await page.getByLabel('再次输入新密码').fill('12345678');
    await page.getByRole('button', { name: '修改密码' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('密码');
    expect(tab.faults).toEqual([]);
  });

  test.each([
    ['en', 'light'],
    ['en', 'dark'],
    ['zh', 'light'],
    ['zh', 'dark'],
  ] as const)('is for everybody (%s, %s)', async (language, theme) => {
    await using tab = await openConsole(browser, server.url, { language, theme, path: '/account' });
    for (const path of ['/account', '/developers', '/admin/nothing']) {
      await tab.page.goto(server.url + path);
      await tab.page.getByRole('heading').first().waitFor();
      await tab.page.waitForLoadState('networkidle');
      if (language === 'en') expect([path, await accessibilityFaults(tab.page)]).toEqual([path, []]);
      await screenshot(tab.page, `${path.slice(1).replace('/', '-')}-${language}-${theme}`);
      await tab.page.setViewportSize({ width: 375, height: 700 });
      await tab.page.waitForFunction(() => document.documentElement.scrollWidth === 375);
      await tab.page.setViewportSize({ width: 1280, height: 800 });
    }
    await using visitor = await openConsole(browser, server.url, { language, theme, user: null });
    await visitor.page.getByRole('heading').first().waitFor();
    expect(await accessibilityFaults(visitor.page)).toEqual([]);
    await screenshot(visitor.page, `login-${language}-${theme}`);
    expect([...tab.faults, ...visitor.faults]).toEqual([]);
  });
});
