import { describe, expect, test } from 'bun:test';
import { pathToFileURL } from 'node:url';
import type { Request } from 'playwright-core';
import sharp from 'sharp';
import { findChromium } from '../../support/chromium.ts';
import { fixture } from '../../support/client.ts';
import { accessibilityFaults, type ConsoleTab, type openConsole, screenshot } from '../../support/console.ts';
import { withConsole } from '../../support/console-server.ts';
import {
  hashAt,
  hashOfFixture,
  loaded,
  pictureOf,
  shownMaterial,
  uploadedFixture,
} from '../../support/material-page.ts';
import { PictureServer } from '../../support/picture-server.ts';
import { LOOPBACK_ALLOWED } from '../../support/remote-pictures.ts';
import { missing } from '../../support/services.ts';

describe.skipIf(missing('Chromium', findChromium()))('who may change a material', () => {
  const at = withConsole(LOOPBACK_ALLOWED);

  function open(id: string, options: Parameters<typeof openConsole>[2] = {}): Promise<ConsoleTab> {
    return at.open({ path: `/library/1/materials/${id}`, ...options });
  }

  test('changes name, folder, tags and visibility, and tells it in the history', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('spring.jpg');
    await page.getByRole('combobox', { name: 'Folder' }).fill('spring/posters');
    await page.getByRole('combobox', { name: 'Tags' }).fill('red');
    await page.keyboard.press('Enter');
    await page.getByText('Members', { exact: true }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'spring.jpg' }).waitFor();
    expect(await shownMaterial(at.admin, id)).toMatchObject({
      originFilename: 'spring.jpg',
      folder: 'spring/posters',
      tags: ['red'],
      visibility: 'PRIVATE',
    });
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Folder: the top → spring/posters').waitFor();
    await page.getByText('Visibility: Public → Private').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-history-en-light');
    expect(tab.faults).toEqual([]);
  });

  test('shows what somebody else did meanwhile before it saves, and loses neither', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('mine.jpg');
    await at.admin.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { folder: "theirs" }) { id } }',
      {
        id,
      },
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody has changed this material meanwhile').waitFor();
    await page.getByRole('row', { name: 'Folder theirs' }).waitFor();
    expect((await shownMaterial(at.admin, id)).originFilename).toBe('photo.jpg');
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-conflict-en-light');
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByRole('heading', { name: 'mine.jpg' }).waitFor();
    expect(await shownMaterial(at.admin, id)).toMatchObject({ originFilename: 'mine.jpg', folder: 'theirs' });
    expect(tab.faults).toEqual([]);
  });

  test('tells where it was fetched from, and its whole history page by page', async () => {
    await using pictures = await PictureServer.start();
    const url = pictures.give('/spring.jpg', await (await fixture('plain.jpg')).bytes(), { etag: '"v7"' });
    const { saveImage } = await at.admin.data<{ saveImage: { material: { id: string } } }>(
      'mutation ($url: String!) { saveImage(mallId: 1, url: $url) { material { id } } }',
      { url },
    );
    const { id } = saveImage.material;
    for (let i = 0; i < 21; i++) {
      const query =
        'mutation ($id: ID!, $tag: String!) { updateMaterial(id: $id, input: { tags: [$tag] }) { id } }';
      await at.admin.data(query, { id, tag: `tag ${i}` });
    }
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('link', { name: url }).waitFor();
    await page.getByText('"v7"').waitFor();
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Show more (20 of 22)' }).click();
    await page.getByText('Material came in').waitFor();
    expect(await page.getByText('Tags: tag 0 → tag 1', { exact: true }).count()).toBe(1);
    expect(await page.getByRole('button', { name: /^Show more/ }).count()).toBe(0);
    expect(tab.faults).toEqual([]);
  });

  test('follows what is changed elsewhere', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id);
    await tab.page.getByRole('heading', { name: 'photo.jpg' }).waitFor();
    await at.admin.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { originFilename: "elsewhere.jpg" }) { id } }',
      { id },
    );
    await tab.page.getByRole('heading', { name: 'elsewhere.jpg' }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test('gives addresses that work elsewhere, and a link that needs no session until it ends', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id, { theme: 'dark', language: 'en' });
    const { page, context } = tab;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('tab', { name: 'Share' }).click();
    const copied = async (name: string) => {
      await page.getByRole('button', { name: `Copy: ${name}` }).click();
      return await page.evaluate(() => navigator.clipboard.readText());
    };
    const original = await hashOfFixture('photo.jpg');
    expect(await hashAt(await copied('Address'))).toBe(original);
    const html = await copied('HTML in the width that fits (srcset)');
    expect(html).toStartWith('<img');
    const sized = /(\S+) 320w/.exec(html)?.[1]?.replaceAll('&amp;', '&').replace('srcset="', '') ?? '';
    const small = await (await fetch(sized)).bytes();
    expect((await sharp(small).metadata()).width).toBe(320);
    expect(await copied('Markdown')).toBe(`![photo.jpg](${(await shownMaterial(at.admin, id)).url})`);
    expect(await copied('GraphQL id')).toBe(id);
    await page.getByRole('button', { name: 'Show as QR code' }).click();
    await loaded(page.getByRole('img', { name: 'QR code of the address' }));

    await at.admin.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { visibility: PRIVATE }) { id } }',
      {
        id,
      },
    );
    await page.getByText('Only members of the mall can open these addresses.', { exact: false }).waitFor();
    await page.getByText('1 hour').click();
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByText(/^Ends /).waitFor();
    const link = await copied('Link');
    expect((await fetch((await shownMaterial(at.admin, id)).url)).status).not.toBe(200);
    expect(await hashAt(link)).toBe(original);
    expect(Number(new URL(link).searchParams.get('expires')) * 1000 - Date.now()).toBeLessThan(3_610_000);
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-share-en-dark');
    expect(tab.faults).toEqual([]);
  });

  test('copies also where the browser gives the page no clipboard, as over plain http', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard'));
    await page.reload();
    await page.getByRole('tab', { name: 'Share' }).click();
    expect(await page.evaluate(() => 'clipboard' in navigator)).toBe(false);
    await page.getByRole('button', { name: 'Copy: GraphQL id' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('');
    await page.getByLabel('Name').press('Control+v');
    expect(await page.getByLabel('Name').inputValue()).toBe(id);
    expect(tab.faults).toEqual([]);
  });

  test('a file that is being sent is given up only after asking, and then not kept', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    const before = await shownMaterial(at.admin, id);
    await using tab = await open(id);
    const { page } = tab;
    const isUpload = (request: Request) =>
      request.headers()['content-type']?.startsWith('multipart/') === true;
    const isHeld = Promise.withResolvers<void>();
    await page.route('**/graphql', async (route) => {
      // It stays on its way.
      if (isUpload(route.request())) isHeld.resolve();
      else await route.fallback();
    });
    const ended = page.waitForEvent('requestfailed', isUpload);
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Replace file' }).click();
    const buffer = Buffer.from(await (await fixture('plain.png')).arrayBuffer());
    await (await choosing).setFiles({ name: 'plain.png', mimeType: 'image/png', buffer });
    await isHeld.promise;
    // Links lie behind the dialog, where programs still find them.
    const leave = () =>
      page.evaluate(() => document.querySelector<HTMLElement>('a[href="/reports"]')?.click());
    await leave();
    await page
      .getByRole('dialog', { name: 'Leave this page?' })
      .getByRole('button', { name: 'Stay' })
      .click();
    await page.getByText('Uploading the new file').waitFor();
    await leave();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.waitForURL('**/reports*');
    expect((await ended).failure()?.errorText).toContain('ABORTED');
    expect((await shownMaterial(at.admin, id)).sha256).toBe(before.sha256);
    expect(tab.faults).toEqual([]);
  });

  test('downloads the file under its name', async () => {
    await using tab = await open(await uploadedFixture(at.admin, 'photo.jpg', 'Frühling 春.jpg'));
    const [download] = await Promise.all([
      tab.page.waitForEvent('download'),
      tab.page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('Frühling 春.jpg');
    expect(await hashAt(pathToFileURL(await download.path()).href)).toBe(await hashOfFixture('photo.jpg'));
  });

  test('replaces the file, and says why one is not taken', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    const before = await shownMaterial(at.admin, id);
    await using tab = await open(id);
    const { page } = tab;
    const replaceBy = async (name: string) => {
      const buffer = Buffer.from(await (await fixture(name)).arrayBuffer());
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Replace file' }).click();
      await (await choosing).setFiles({ name, mimeType: 'application/octet-stream', buffer });
    };
    await replaceBy('plain.mp3');
    await page.getByText('The file was not taken').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-refused-en-light');
    await page.getByRole('button', { name: 'Close' }).click();
    expect((await shownMaterial(at.admin, id)).sha256).toBe(before.sha256);

    await replaceBy('plain.png');
    await page.getByText('64 × 48 px').waitFor();
    await page.getByRole('heading', { name: 'plain.png' }).waitFor();
    const after = await shownMaterial(at.admin, id);
    expect(await hashAt(after.url)).toBe(await hashOfFixture('plain.png'));
    expect(after.url).not.toBe(before.url);
    expect(tab.faults).toEqual([]);
  });

  test('goes to the trash and comes back, and goes for ever only when that is confirmed', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByRole('button', { name: 'Restore' }).waitFor();
    expect((await shownMaterial(at.admin, id)).deletedAt).not.toBeNull();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-trash-en-light');
    // Also for who comes by its address.
    await page.reload();
    await page.getByRole('button', { name: 'Restore' }).click();
    await loaded(pictureOf(page));
    expect((await shownMaterial(at.admin, id)).deletedAt).toBeNull();

    await page.getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByRole('button', { name: 'Delete for ever' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await shownMaterial(at.admin, id)).not.toBeNull();
    await page.getByRole('button', { name: 'Delete for ever' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete for ever?' });
    await dialog.getByText('photo.jpg').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    // The question stays, and says why, where the server is not reached.
    await page.route('**/graphql', (route) => route.abort());
    await dialog.getByRole('button', { name: 'Delete for ever' }).click();
    await dialog.getByRole('alert').waitFor();
    await page.unroute('**/graphql');
    await dialog.getByRole('button', { name: 'Delete for ever' }).click();
    await page.waitForURL('**/library/1/trash');
    expect(await shownMaterial(at.admin, id)).toBeNull();
    expect(tab.faults).toEqual([]);
  });
});
