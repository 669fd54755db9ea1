import { describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { findChromium } from '../../support/chromium.ts';
import { Client, fixture } from '../../support/client.ts';
import { accessibilityFaults, expectForEverybody } from '../../support/console.ts';
import { withConsole } from '../../support/console-server.ts';
import { missing } from '../../support/services.ts';
import { until } from '../../support/temporary.ts';
import { newMall, newUser } from '../../support/users.ts';

/** Runs something where a name is taken for markup. */
const HOSTILE = '<img src=x onerror="document.title=`taken`"> \u202e"&amp;';

describe.skipIf(missing('Chromium', findChromium()))('administration in the console', () => {
  const at = withConsole();

  test('a mall is made with a quota, changed, found full, and deleted only when it is empty', async () => {
    await using tab = await at.open({ path: '/admin/malls' });
    const { page } = tab;
    await page.getByRole('button', { name: 'New mall' }).click();
    await page.getByLabel('Name', { exact: false }).fill('Spring sale');
    await page.getByLabel('Limit what the mall may keep').check();
    await page.getByRole('textbox', { name: 'Quota' }).fill('1.5');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make mall' }).click();
    const row = page.getByRole('row', { name: /Spring sale/ });
    await row.getByText('0 B of 1.5 GB (0%)').waitFor();
    // It is there for the whole console.
    await page.getByRole('combobox', { name: 'Mall' }).click();
    await page.getByRole('option', { name: 'Spring sale' }).click();
    await page.waitForURL(/\/library\/\d+$/);
    const mallId = Number(page.url().split('/').at(-1));

    const [picture] = await at.admin.upload([await fixture('plain.png')], { mallId });
    await page.getByRole('link', { name: 'Mall settings' }).click();
    await page.getByRole('combobox', { name: 'Unit' }).selectOption('kB');
    await page.getByRole('textbox', { name: 'Quota' }).fill('0.1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    expect(await usageOf(at.admin, mallId)).toEqual({ bytes: picture?.size, quotaBytes: 102 });
    await page.getByRole('tab', { name: 'Usage' }).click();
    await page.getByText('The quota is used up').waitFor();
    await page.getByRole('row', { name: /^Pictures 1 / }).waitFor();
    await page.getByRole('row', { name: /^Videos 0 0 B 0%/ }).waitFor();

    await page.getByRole('link', { name: 'Malls' }).click();
    await removeMall(page, 'Spring sale');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The mall still has materials').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    for (const verb of ['delete', 'purge']) {
      await at.admin.data(`mutation ($ids: [ID!]!) { ${verb}Materials(ids: $ids) { code } }`, {
        ids: [picture?.id],
      });
    }
    await dialog.getByRole('button', { name: 'Delete mall' }).click();
    await row.waitFor({ state: 'detached' });
    expect(tab.faults).toEqual([]);
  });

  test('a user is made, logs in with the password that is shown, and has to choose another', async () => {
    await using tab = await at.open({ path: '/admin/users' });
    const { page } = tab;
    const username = `li.na ${crypto.randomUUID()}`;
    await page.getByRole('button', { name: 'New user' }).click();
    await page.getByRole('textbox', { name: 'User name' }).fill('ADMIN');
    await page.getByRole('button', { name: 'Make user' }).click();
    await page.getByText('There is a user of this name already.').waitFor();
    await page.getByRole('textbox', { name: 'User name' }).fill(username);
    await page.getByRole('button', { name: 'Make user' }).click();
    const shown = page.getByRole('textbox', { name: `Password of ${username}` });
    const password = await shown.inputValue();
    expect(password).toMatch(/^[\w-]{20}$/);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Done' }).click();
    await shown.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(password);

    await using theirs = await at.open({ user: { username, password } });
    await theirs.page.getByRole('heading', { name: 'Choose your password' }).waitFor();

    // An owner's word from here on.
    const row = page.getByRole('row', { name: new RegExp(username) });
    await row.getByText('Has to choose a password').waitFor();
    await page.getByRole('button', { name: `Actions for ${username}` }).click();
    await page.getByRole('menuitem', { name: 'Malls of this user' }).click();
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.getByRole('dialog').getByRole('combobox', { name: 'Role' }).selectOption('EDITOR');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: /^Take out of / }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await row.getByText('· Editor').waitFor();
    await focusIsOn(page, `Actions for ${username}`);

    await page.getByRole('button', { name: `Actions for ${username}` }).click();
    await page.getByRole('menuitem', { name: 'Reset password' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset password' }).click();
    const second = { username, password: await shown.inputValue() };
    expect(second.password).not.toBe(password);
    await Client.loggedIn(at.server.url, second);
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('button', { name: `Actions for ${username}` }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await row.getByText('Disabled').waitFor();
    await expect(Client.loggedIn(at.server.url, second)).rejects.toThrow();

    await page.getByRole('searchbox', { name: 'Find by name' }).fill('nobody is called this');
    await page.getByRole('heading', { name: 'No such user' }).waitFor();
    await page.getByRole('searchbox', { name: 'Find by name' }).fill(username.toUpperCase());
    await page.getByText('1 user', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('search')).toBe(username.toUpperCase());
    expect([...tab.faults, ...theirs.faults]).toEqual([]);
  });

  test('the audit trail is read page by page, and from one event to those of the same user', async () => {
    const mallId = await newMall(at.admin, 'Much happens here');
    const user = await newUser(at.admin, { malls: { [mallId]: 'OWNER' } });
    const rename = 'mutation ($id: Int!, $name: String!) { updateMall(id: $id, name: $name) { id } }';
    for (let i = 1; i <= 32; i++) await user.client.data(rename, { id: mallId, name: `Name ${i}` });
    await using tab = await at.open({ path: `/admin/audit?mall=${mallId}` });
    const { page } = tab;
    const events = page.getByRole('list', { name: 'What was done, the newest first' }).locator('> li');
    await page.getByText('Name: Name 31 → Name 32').waitFor();
    expect(await events.count()).toBe(30);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('Name: Much happens here → Name 1').waitFor();
    await events.getByText('Mall made').waitFor();
    await page.getByRole('button', { name: 'Previous page' }).click();
    await page.getByText('Name: Name 31 → Name 32').waitFor();

    await events.first().getByText('Details').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await events.first().getByRole('link', { name: 'All by this user' }).click();
    await page.waitForURL((url) => url.searchParams.get('actor') === String(user.id));
    expect(await page.getByRole('combobox', { name: 'By whom' }).inputValue()).toBe(user.username);
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has('actor'));
    expect(tab.faults).toEqual([]);
  });

  test('names of malls and users are shown as they are, and run nothing', async () => {
    const mallId = await newMall(at.admin, HOSTILE);
    const { createUser } = await at.admin.data<{ createUser: { user: { id: number } } }>(
      'mutation ($username: String!) { createUser(username: $username, role: MEMBER) { user { id } } }',
      { username: HOSTILE },
    );
    await at.admin.data(
      'mutation ($mallId: Int!, $userId: Int!) { setMallMember(mallId: $mallId, userId: $userId, role: OWNER) { role } }',
      { mallId, userId: createUser.user.id },
    );
    await using tab = await at.open({ path: '/admin/malls' });
    const { page } = tab;
    for (const path of [
      '/admin/malls',
      '/admin/users',
      '/admin/audit',
      `/library/${mallId}/activity`,
      `/library/${mallId}/settings?tab=members`,
    ]) {
      await page.goto(at.server.url + path);
      await page.getByText(HOSTILE).filter({ visible: true }).first().waitFor();
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.title()).not.toBe('taken');
    }
    await page.getByRole('button', { name: `Remove ${HOSTILE}` }).click();
    await page.getByRole('dialog').getByText(HOSTILE).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(tab.faults).toEqual([]);
  });

  test('its pages are for everybody: in both languages and themes, and on a narrow screen', async () => {
    const mallId = await newMall(at.admin, 'A mall with rather a long name, for a narrow screen');
    await at.admin.upload([await fixture('photo.jpg'), await fixture('plain.m4a')], { mallId });
    const quota = 'mutation ($id: Int!) { updateMall(id: $id, quotaBytes: 2000000) { id } }';
    await at.admin.data(quota, { id: mallId });
    await newUser(at.admin, { malls: { [mallId]: 'EDITOR' } });
    await using tab = await at.open();
    for (const [name, path] of Object.entries({
      malls: '/admin/malls',
      users: '/admin/users',
      audit: '/admin/audit',
    })) {
      await tab.page.goto(at.server.url + path);
      await tab.page.getByRole('heading', { level: 1 }).waitFor();
      await tab.page.waitForLoadState('networkidle');
      await expectForEverybody(tab.page, `administration-${name}`);
    }
    expect(tab.faults).toEqual([]);
  });
});

async function removeMall(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete mall' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete mall' }).click();
}

async function usageOf(client: Client, id: number): Promise<unknown> {
  const { mall } = await client.data<{ mall: { usage: unknown } }>(
    'query ($id: Int!) { mall(id: $id) { usage { bytes quotaBytes } } }',
    { id },
  );
  return mall.usage;
}

async function focusIsOn(page: Page, label: string): Promise<void> {
  await until(`the focus on ${label}`, async () => {
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    return focused === label || undefined;
  });
}
