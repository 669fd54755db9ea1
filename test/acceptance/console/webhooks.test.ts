import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client, fixture } from '../../support/client.ts';
import { accessibilityFaults, expectForEverybody, openConsole } from '../../support/console.ts';
import { LOOPBACK_ALLOWED } from '../../support/remote-pictures.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { newMall } from '../../support/users.ts';
import {
  arrived,
  createWebhook,
  deliveryLike,
  startReceiver,
  verify,
} from '../../support/webhook-receiver.ts';

describe.skipIf(missing('Chromium', findChromium()))('webhooks in the console', () => {
  let server: StockroomServer;
  let admin: Client;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startStockroom({ env: LOOPBACK_ALLOWED }), startChromium()]);
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test('one is made, told of an upload, signed with the secret that was shown, and told again', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin, 'Told');
    await using tab = await openConsole(browser, server.url, {
      path: `/library/${mallId}/settings?tab=webhooks`,
    });
    const { page } = tab;
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill('http://10.1.2.3/hook');
    await page.getByRole('button', { name: 'Make webhook' }).click();
    await page.getByText('This server may not reach this address.').waitFor();
    await page.getByRole('textbox', { name: 'Address' }).fill(receiver.url);
    await page.getByRole('checkbox', { name: 'Material came in' }).uncheck();
    await page.getByRole('button', { name: 'Make webhook' }).click();
    await page.getByText('Choose at least one.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('checkbox', { name: 'Material came in' }).check();
    await page.getByRole('button', { name: 'Make webhook' }).click();
    const secret = await page.getByRole('textbox', { name: 'Secret for checking signatures' }).inputValue();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Done' }).click();

    await admin.upload([await fixture('plain.png')], { mallId });
    await arrived(receiver, 1);
    const [message] = receiver.received;
    if (!message) throw new Error('nothing came');
    expect(verify(secret, message, message.text).type).toBe('material.created');

    await page.getByRole('link', { name: 'Deliveries' }).click();
    const items = page.getByRole('list', { name: 'Deliveries' }).locator('> li');
    const created = items.filter({ hasText: 'Material came in' });
    await created.getByText('Delivered').waitFor();
    await created.getByText('1 try · Status 204').waitFor();
    await created.getByText('Message').click();
    await created.getByText('"originFilename": "plain.png"').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await created.getByRole('button', { name: 'Send again' }).click();
    await arrived(receiver, 2);
    expect(receiver.received[1]?.id).toBe(message.id);

    await page.getByRole('link', { name: 'All webhooks' }).click();
    await page.getByRole('button', { name: 'Send a ping' }).click();
    await items.filter({ hasText: 'ping' }).getByText('Delivered').waitFor();
    expect(receiver.payloads('ping')).toHaveLength(1);
    expect(tab.faults).toEqual([]);
  });

  test('what is refused is seen as failed, with the reason, and can be looked for', async () => {
    await using receiver = startReceiver(() => new Response(null, { status: 410 }));
    const mallId = await newMall(admin, 'Refused');
    const { id } = await createWebhook(admin, receiver.url, { mallId });
    await admin.upload([await fixture('plain.png')], { mallId });
    await deliveryLike(admin, id, ({ state }) => state === 'FAILED');
    await using tab = await openConsole(browser, server.url, {
      path: `/library/${mallId}/settings?tab=webhooks&webhook=${id}`,
    });
    const { page } = tab;
    await page.getByText('1 try · Status 410 · refused').waitFor();
    await page.getByRole('combobox', { name: 'State' }).selectOption('DELIVERED');
    await page.getByRole('heading', { name: 'No deliveries' }).waitFor();
    await page.getByRole('combobox', { name: 'State' }).selectOption('FAILED');
    await page.getByText('1 try · Status 410 · refused').waitFor();
    // A receiver that is gone for good switches its webhook off.
    await page.getByRole('link', { name: 'All webhooks' }).click();
    await page.getByText('Off', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Send a ping' }).isDisabled()).toBe(true);
    expect(tab.faults).toEqual([]);
  });

  test('one is changed, switched off and on, given another secret, and deleted', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin, 'Changed');
    const { secret } = await createWebhook(admin, receiver.url, { mallId, events: ['MATERIAL_CREATED'] });
    await using tab = await openConsole(browser, server.url, {
      path: `/library/${mallId}/settings?tab=webhooks`,
    });
    const { page } = tab;
    const choose = async (name: string) => {
      await page.getByRole('button', { name: `Actions for ${receiver.url}` }).click();
      await page.getByRole('menuitem', { name, exact: true }).click();
      await page.getByRole('menu').waitFor({ state: 'detached' });
    };
    await choose('Edit');
    await page.getByRole('checkbox', { name: 'Quota nearly used up' }).check();
    await page.getByRole('radio', { name: 'Form with file' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('Material came in · Quota nearly used up').waitFor();
    await page.getByText('Form with file').waitFor();
    await choose('Switch off');
    await page.getByText('Off', { exact: true }).waitFor();
    await choose('Switch on');
    await page.getByText('On', { exact: true }).waitFor();

    await choose('New secret');
    await page.getByRole('dialog').getByText('For a day messages are signed with both secrets.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
    const field = page.getByRole('textbox', { name: 'Secret for checking signatures' });
    expect(await field.inputValue()).toMatch(/^whsec_/);
    expect(await field.inputValue()).not.toBe(secret);
    await page.getByRole('button', { name: 'Done' }).click();

    await choose('Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Nobody is told anything yet' }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test('their pages are for everybody: in both languages and themes, and on a narrow screen', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin, 'For everybody');
    const { id } = await createWebhook(admin, `${receiver.url}/${'a-long-address/'.repeat(8)}`, { mallId });
    await admin.upload([await fixture('plain.png'), await fixture('plain.jpg')], { mallId });
    await arrived(receiver, 2);
    const path = `/library/${mallId}/settings?tab=webhooks`;
    await using tab = await openConsole(browser, server.url, { path });
    const { page } = tab;
    await page.getByRole('link', { name: 'Deliveries' }).waitFor();
    await expectForEverybody(page, 'webhooks-list');
    await page.goto(`${server.url}${path}&webhook=${id}`);
    await page.getByText('Message').first().click();
    await expectForEverybody(page, 'webhooks-deliveries');
    expect(tab.faults).toEqual([]);
  });
});
