import { describe, expect, test } from 'bun:test';
import { findChromium } from '../../support/chromium.ts';
import { fixture } from '../../support/client.ts';
import { accessibilityFaults, expectForEverybody, login } from '../../support/console.ts';
import { withConsole } from '../../support/console-server.ts';
import { missing } from '../../support/services.ts';
import { newMall, newUser } from '../../support/users.ts';

describe.skipIf(missing('Chromium', findChromium()))("a mall's settings and activity", () => {
  const at = withConsole();

  test('a member who is added by name can enter, and one who is removed cannot', async () => {
    const mallId = await newMall(at.admin, 'For members');
    const user = await newUser(at.admin);
    await using tab = await at.open({
      path: `/library/${mallId}/settings?tab=members`,
    });
    const { page } = tab;
    await page.getByRole('textbox', { name: 'User name' }).fill('nobody at all');
    await page.getByRole('button', { name: 'Add member' }).click();
    await page.getByText('There is no user of this name.').waitFor();
    await page.getByRole('textbox', { name: 'User name' }).fill(user.username.toUpperCase());
    await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('EDITOR');
    await page.getByRole('button', { name: 'Add member' }).click();
    const role = page.getByRole('combobox', { name: `Role of ${user.username}` });
    await role.waitFor();

    await using theirs = await at.open({ user });
    await theirs.page.waitForURL(`**/library/${mallId}`);
    await theirs.page.getByRole('link', { name: 'Trash' }).waitFor();

    await role.selectOption('OWNER');
    await page.getByRole('dialog').getByText('becomes Owner and is logged out').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Change role' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await role.inputValue()).toBe('OWNER');

    await page.getByRole('button', { name: `Remove ${user.username}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Nobody but administrators may enter yet' }).waitFor();
    await login(theirs.context, at.server.url, user);
    await theirs.page.goto(`${at.server.url}/library/${mallId}`);
    await theirs.page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    expect([...tab.faults, ...theirs.faults]).toEqual([]);
  });

  test('pages that are not for an editor are absent: from the menu and at their addresses', async () => {
    const mallId = await newMall(at.admin, 'Not theirs to manage');
    const user = await newUser(at.admin, { malls: { [mallId]: 'EDITOR' } });
    await using tab = await at.open({ user, path: `/library/${mallId}` });
    const { page } = tab;
    await page.getByRole('link', { name: 'Library' }).waitFor();
    const links = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(links).toContain('Trash');
    for (const name of ['Mall settings', 'Activity', 'Malls', 'Users', 'Audit trail']) {
      expect(links).not.toContain(name);
    }
    for (const path of [
      `/library/${mallId}/settings`,
      `/library/${mallId}/activity`,
      '/admin/malls',
      '/admin/users',
      '/admin/audit',
    ]) {
      await page.goto(at.server.url + path);
      await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    }
    expect(tab.faults).toEqual([]);
  });

  test('an owner changes a mall, but neither sees nor changes its quota', async () => {
    const mallId = await newMall(at.admin, 'Before');
    const user = await newUser(at.admin, { malls: { [mallId]: 'OWNER' } });
    await using tab = await at.open({ user, path: `/library/${mallId}/settings` });
    const { page } = tab;
    await page.getByRole('textbox', { name: 'Name' }).fill('After');
    await page.getByLabel('Private').check();
    expect(await page.getByLabel('Limit what the mall may keep').count()).toBe(0);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Settings of After' }).waitFor();

    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByText('Name: Before → After').waitFor();
    await page.getByText('Visibility of new materials: Public → Private').waitFor();
    await page.getByRole('combobox', { name: 'Action' }).selectOption('member.set');
    await page.getByText('Role: nothing → Owner').waitFor();
    await page.getByText('Name: Before → After').waitFor({ state: 'detached' });
    // What it is narrowed by survives a reload, and a filter that lets nothing through says so.
    await page.reload();
    await page.getByText('Role: nothing → Owner').waitFor();
    await page.getByLabel('To', { exact: true }).fill('2020-01-01');
    await page.getByRole('heading', { name: 'Nothing was done' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('Name: Before → After').waitFor();
    expect(new URL(page.url()).search).toBe('');

    // Whoever removes themselves is told that it logs them out, and then it does.
    await page.getByRole('link', { name: 'Mall settings' }).click();
    await page.getByRole('tab', { name: 'Members' }).click();
    await page.getByRole('button', { name: `Remove ${user.username}` }).click();
    await page.getByRole('dialog').getByText('You are logged out everywhere').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(tab.faults).toEqual([]);
  });

  test('their pages are for everybody: in both languages and themes, and on a narrow screen', async () => {
    const mallId = await newMall(at.admin, 'A mall with rather a long name, for a narrow screen');
    await at.admin.upload([await fixture('photo.jpg'), await fixture('plain.m4a')], { mallId });
    const quota = 'mutation ($id: Int!) { updateMall(id: $id, quotaBytes: 2000000) { id } }';
    await at.admin.data(quota, { id: mallId });
    await newUser(at.admin, { malls: { [mallId]: 'EDITOR' } });
    await using tab = await at.open();
    for (const [name, path] of Object.entries({
      activity: `/library/${mallId}/activity`,
      general: `/library/${mallId}/settings`,
      usage: `/library/${mallId}/settings?tab=usage`,
      members: `/library/${mallId}/settings?tab=members`,
    })) {
      await tab.page.goto(at.server.url + path);
      await tab.page.getByRole('heading', { level: 1 }).waitFor();
      await tab.page.waitForLoadState('networkidle');
      await expectForEverybody(tab.page, `mall-${name}`);
    }
    expect(tab.faults).toEqual([]);
  });
});
