import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client, fixture } from '../../support/client.ts';
import { accessibilityFaults, type ConsoleTab, openConsole, screenshot } from '../../support/console.ts';
import { missing } from '../../support/services.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { until } from '../../support/temporary.ts';

const HOSTILE = '\u202Egpj.\u202C<img src=x onerror="window.harmed=1"><b>.jpg';
const SHOWN = /* GraphQL */ `
  query ($id: ID!) {
    material(id: $id, trashed: true) {
      originFilename folder tags visibility sha256 deletedAt focalPoint { x y } url
      square: url(width: 400, height: 400)
    }
  }
`;

interface Shown {
  readonly originFilename: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly visibility: string;
  readonly sha256: string;
  readonly deletedAt: string | null;
  readonly focalPoint: { readonly x: number; readonly y: number } | null;
  readonly url: string;
  readonly square: string;
}

describe.skipIf(missing('Chromium', findChromium()))('the page of a material', () => {
  let server: StockroomServer;
  let client: Client;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startStockroom(), startChromium()]);
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function uploaded(name: string, as = name): Promise<string> {
    const [material] = await client.upload([await fixture(name, as)]);
    if (material?.__typename !== 'Material') throw new Error(JSON.stringify(material));
    return String(material.id);
  }

  async function shown(id: string): Promise<Shown> {
    return (await client.data<{ material: Shown }>(SHOWN, { id })).material;
  }

  function open(id: string, options: Parameters<typeof openConsole>[2] = {}): Promise<ConsoleTab> {
    return openConsole(browser, server.url, { path: `/library/1/materials/${id}`, ...options });
  }

  test('shows what was found in a picture, upright, in either language and theme', async () => {
    const id = await uploaded('orientation-6.jpg');
    for (const [language, theme, size] of [
      ['en', 'light', '64 × 48 px'],
      ['zh', 'dark', '64 × 48 像素'],
      ['en', 'dark', '64 × 48 px'],
      ['zh', 'light', '64 × 48 像素'],
    ] as const) {
      await using tab = await open(id, { language, theme });
      await tab.page.getByText(size).waitFor();
      const box = await picture(tab.page).boundingBox();
      expect([box?.width, box?.height].map((side) => Math.round(side ?? 0))).toEqual([64, 48]);
      await tab.page.getByText((await shown(id)).sha256).waitFor();
      expect(await accessibilityFaults(tab.page)).toEqual([]);
      await screenshot(tab.page, `material-picture-${language}-${theme}`);
      expect(tab.faults).toEqual([]);
    }
  });

  test('enlarges a picture by keys, wheel, pointer and fingers, from the first sharp one to its own pixels', async () => {
    await using tab = await open(await uploaded('photo.jpg'));
    const { page } = tab;
    const box = page.getByRole('region', { name: /^Picture/ });
    await loaded(picture(page));
    expect(await widths(box)).toEqual([640]);
    const whole = await box.screenshot();
    await box.focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    // The picture itself comes over the one that fitted.
    await box.locator('img').nth(1).waitFor();
    await loaded(box.locator('img').nth(1));
    expect(await widths(box)).toEqual([640, 1200]);
    const near = await box.screenshot();
    expect(near).not.toEqual(whole);
    await page.keyboard.press('ArrowRight');
    const beside = await place(page);
    await page.keyboard.press('0');
    expect((await place(page)).scale).toBe(1);

    await box.dblclick({ position: { x: 30, y: 30 } });
    const corner = await place(page);
    expect(corner.scale).toBeGreaterThan(1);
    expect(corner.x).toBeGreaterThan(beside.x);
    await drag(page, box, -80, -40);
    expect((await place(page)).x).toBeCloseTo(corner.x - 80, 0);
    expect((await place(page)).y).toBeCloseTo(corner.y - 40, 0);
    await box.dblclick();
    expect((await place(page)).scale).toBe(1);

    await box.hover();
    await page.mouse.wheel(0, -300);
    const wheeled = await changed(page, 1);
    await pinch(tab, box);
    await changed(page, wheeled, 'larger');
    await page.getByRole('button', { name: 'Show all of it' }).click();
    await changed(page, wheeled, 'smaller');
    expect(tab.faults).toEqual([]);
  });

  test('keeps an animation moving, and what is transparent visible as such', async () => {
    await using tab = await open(await uploaded('animated.gif'));
    await tab.page.getByText(/, animated$/).waitFor();
    await loaded(picture(tab.page));
    const first = await picture(tab.page).screenshot();
    await until('the next frame', async () =>
      (await picture(tab.page).screenshot()).equals(first) ? undefined : true,
    );
    expect(tab.faults).toEqual([]);
  });

  test('plays a video and a sound from any place, by ranges', async () => {
    for (const [name, element] of [
      ['index-first.mp4', 'video'],
      ['plain.mp3', 'audio'],
    ] as const) {
      const id = await uploaded(name);
      await using tab = await open(id, { path: '/account' });
      const ranges: (string | undefined)[] = [];
      tab.page.on('response', (answer) => {
        if (answer.status() === 206) ranges.push(answer.headers()['content-range']);
      });
      await tab.page.goto(`${server.url}/library/1/materials/${id}`);
      const player = tab.page.locator(element);
      await until('the player to know its length', async () =>
        (await player.evaluate((media: HTMLMediaElement) => media.duration)) > 0 ? true : undefined,
      );
      expect(await player.getAttribute('preload')).toBe('metadata');
      const at = await player.evaluate(async (media: HTMLMediaElement) => {
        const sought = new Promise((resolve) => media.addEventListener('seeked', resolve, { once: true }));
        media.currentTime = media.duration / 2;
        await sought;
        return media.currentTime / media.duration;
      });
      expect(at).toBeCloseTo(0.5, 1);
      expect(ranges[0]).toMatch(/^bytes 0-\d+\/\d+$/);
      expect(await accessibilityFaults(tab.page)).toEqual([]);
      await screenshot(tab.page, `material-${element}-en-light`);
      expect(tab.faults).toEqual([]);
    }
  });

  test('sets the focal point by a click and by keys, and shows how pictures are cut then', async () => {
    const id = await uploaded('photo.jpg');
    const before = await shown(id);
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('button', { name: 'Focal point' }).click();
    const picker = page.getByRole('slider', { name: 'Focal point' });
    await loaded(picker.locator('img'));
    const { width, height } = (await picker.boundingBox()) ?? { width: 0, height: 0 };
    await picker.click({ position: { x: width * 0.1, y: height * 0.25 } });
    await page.getByText('10% from the left, 25% from the top').waitFor();
    for (const key of ['ArrowLeft', 'ArrowLeft', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Save focal point' }).click();
    await page.locator('figure img[src*="focus="]').first().waitFor();
    const after = await shown(id);
    expect(after.focalPoint).toEqual({ x: 0.08, y: 0.35 });
    expect(after.square).not.toBe(before.square);
    const [cut, middle] = await Promise.all([after.square, before.square].map((url) => bytesOf(url)));
    expect(cut).not.toEqual(middle as Uint8Array);
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-focus-en-light');

    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('No focal point: the middle is kept.').waitFor();
    await until('it to be cleared', async () => ((await shown(id)).focalPoint === null ? true : undefined));
    await picker.focus();
    await page.keyboard.press('Escape');
    // The keyboard is back where it left from, and the page is still there.
    await page.locator('button:focus', { hasText: 'Focal point' }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test('changes name, folder, tags and visibility, and tells it in the history', async () => {
    const id = await uploaded('photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('spring.jpg');
    await page.getByLabel('Folder').fill('spring/posters');
    await page.getByRole('textbox', { name: 'Tags' }).fill('red');
    await page.keyboard.press('Enter');
    await page.getByText('Members', { exact: true }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'spring.jpg' }).waitFor();
    expect(await shown(id)).toMatchObject({
      originFilename: 'spring.jpg',
      folder: 'spring/posters',
      tags: ['red'],
      visibility: 'PRIVATE',
    });
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Folder: the top → spring/posters').waitFor();
    await page.getByText('Visibility: everybody → members').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-history-en-light');
    expect(tab.faults).toEqual([]);
  });

  test('shows what somebody else did meanwhile before it saves, and loses neither', async () => {
    const id = await uploaded('photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('mine.jpg');
    await client.data('mutation ($id: ID!) { updateMaterial(id: $id, input: { folder: "theirs" }) { id } }', {
      id,
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody has changed this material meanwhile').waitFor();
    await page.getByRole('row', { name: 'Folder theirs' }).waitFor();
    expect((await shown(id)).originFilename).toBe('photo.jpg');
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-conflict-en-light');
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByRole('heading', { name: 'mine.jpg' }).waitFor();
    expect(await shown(id)).toMatchObject({ originFilename: 'mine.jpg', folder: 'theirs' });
    expect(tab.faults).toEqual([]);
  });

  test('follows what is changed elsewhere', async () => {
    const id = await uploaded('photo.jpg');
    await using tab = await open(id);
    await tab.page.getByRole('heading', { name: 'photo.jpg' }).waitFor();
    await client.data(
      'mutation ($id: ID!) { updateMaterial(id: $id, input: { originFilename: "elsewhere.jpg" }) { id } }',
      { id },
    );
    await tab.page.getByRole('heading', { name: 'elsewhere.jpg' }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test('gives addresses that work elsewhere, and a link that needs no session until it ends', async () => {
    const id = await uploaded('photo.jpg');
    await using tab = await open(id, { theme: 'dark', language: 'en' });
    const { page, context } = tab;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('tab', { name: 'Share' }).click();
    const copied = async (name: string) => {
      await page.getByRole('button', { name: `Copy: ${name}` }).click();
      return await page.evaluate(() => navigator.clipboard.readText());
    };
    const original = await (await fixture('photo.jpg')).bytes();
    expect(await bytesOf(await copied('Address'))).toEqual(original);
    const html = await copied('HTML in the width that fits (srcset)');
    expect(html).toStartWith('<img');
    const sized = /(\S+) 320w/.exec(html)?.[1]?.replaceAll('&amp;', '&').replace('srcset="', '') ?? '';
    expect((await bytesOf(sized)).byteLength).toBeLessThan(original.byteLength);
    expect(await copied('Markdown')).toBe(`![photo.jpg](${(await shown(id)).url})`);
    expect(await copied('GraphQL id')).toBe(id);
    await page.getByRole('button', { name: 'Show as QR code' }).click();
    await loaded(page.getByRole('img', { name: 'QR code of the address' }));

    await client.data(
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
    expect((await fetch((await shown(id)).url)).status).not.toBe(200);
    expect(await bytesOf(link)).toEqual(original);
    expect(Number(new URL(link).searchParams.get('expires')) * 1000 - Date.now()).toBeLessThan(3_610_000);
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-share-en-dark');
    expect(tab.faults).toEqual([]);
  });

  test('downloads the file under its name', async () => {
    await using tab = await open(await uploaded('photo.jpg', 'Frühling 春.jpg'));
    const [download] = await Promise.all([
      tab.page.waitForEvent('download'),
      tab.page.getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('Frühling 春.jpg');
    expect(await Bun.file(await download.path()).bytes()).toEqual(await (await fixture('photo.jpg')).bytes());
  });

  test('replaces the file, and says why one is not taken', async () => {
    const id = await uploaded('photo.jpg');
    const before = await shown(id);
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
    expect((await shown(id)).sha256).toBe(before.sha256);

    await replaceBy('plain.png');
    await page.getByText('64 × 48 px').waitFor();
    await page.getByRole('heading', { name: 'plain.png' }).waitFor();
    const after = await shown(id);
    expect(await bytesOf(after.url)).toEqual(await (await fixture('plain.png')).bytes());
    expect(after.url).not.toBe(before.url);
    expect(tab.faults).toEqual([]);
  });

  test('goes to the trash and comes back, and goes for ever only when that is confirmed', async () => {
    const id = await uploaded('photo.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByRole('button', { name: 'Restore' }).waitFor();
    expect((await shown(id)).deletedAt).not.toBeNull();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-trash-en-light');
    // Also for who comes by its address.
    await page.reload();
    await page.getByRole('button', { name: 'Restore' }).click();
    await loaded(picture(page));
    expect((await shown(id)).deletedAt).toBeNull();

    await page.getByRole('button', { name: 'Move to the trash' }).click();
    await page.getByRole('button', { name: 'Remove for ever' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(await shown(id)).not.toBeNull();
    await page.getByRole('button', { name: 'Remove for ever' }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Remove for ever' }).click();
    await page.waitForURL('**/library/1/trash');
    expect(await shown(id)).toBeNull();
    expect(tab.faults).toEqual([]);
  });

  test('takes a hostile name for text', async () => {
    const id = await uploaded('plain.jpg', HOSTILE);
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HOSTILE);
    for (const name of ['Edit', 'Share', 'History']) {
      await page.getByRole('tab', { name }).click();
      expect(await accessibilityFaults(page)).toEqual([]);
    }
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await screenshot(page, 'material-hostile-en-light');
    expect(tab.faults).toEqual([]);
  });

  test('fits a phone', async () => {
    const id = await uploaded('photo.jpg', `${'a very long name '.repeat(8)}.jpg`);
    await using tab = await open(id, {
      viewport: { width: 375, height: 800 },
      language: 'zh',
      theme: 'dark',
    });
    const { page } = tab;
    await loaded(picture(page));
    for (const name of ['详情', '编辑', '分享', '历史']) {
      await page.getByRole('tab', { name }).click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
    await screenshot(page, 'material-phone-zh-dark');
    expect(tab.faults).toEqual([]);
  });

  test('leads back by Escape to the list that it was opened from, and on to its neighbours', async () => {
    const [first, second] = [
      await uploaded('photo.jpg', 'first.jpg'),
      await uploaded('photo.jpg', 'second.jpg'),
    ];
    await using tab = await open(first, { path: '/library/1?kind=IMAGE' });
    const { page } = tab;
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(([path, ids]) => history.pushState({ fromList: true, ids }, '', path), [
      `/library/1/materials/${first}`,
      [first, second],
    ] as const);
    await page.getByRole('heading', { name: 'first.jpg' }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'second.jpg' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL('**/library/1?kind=IMAGE');
    expect(tab.faults).toEqual([]);
  });

  test('shows viewers no way to change it, and nobody what is not theirs', async () => {
    const viewer = { username: 'viewer', password: 'looks at everything' };
    await client.data(
      `mutation ($u: String!, $p: String!) {
        createUser(username: $u, role: MEMBER, password: $p) { user { id } }
        setMallMember(mallId: 1, username: $u, role: VIEWER) { role }
      }`,
      { u: viewer.username, p: viewer.password },
    );
    const own = new Client(server.url);
    await own.data(
      'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } }',
      {
        u: viewer.username,
        p: viewer.password,
      },
    );
    const next = { ...viewer, password: 'still looks at everything' };
    await own.data(
      'mutation ($a: String!, $b: String!) { changePassword(currentPassword: $a, newPassword: $b) { id } }',
      {
        a: viewer.password,
        b: next.password,
      },
    );
    const id = await uploaded('photo.jpg');
    await using tab = await open(id, { user: next });
    const { page } = tab;
    await page.getByRole('tab', { name: 'Share' }).waitFor();
    expect(await page.getByRole('tab', { name: 'Edit' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /Replace|trash|Focal/ }).count()).toBe(0);
    await page.goto(`${server.url}/library/1/materials/01a00000-0000-7000-8000-000000000000`);
    await page.getByText('There is nothing here').waitFor();
    expect(tab.faults).toEqual([]);
  });
});

function picture(page: Page): Locator {
  return page
    .getByRole('region', { name: /^(Picture|图片)/ })
    .locator('img')
    .first();
}

async function loaded(image: Locator): Promise<void> {
  await image.evaluate((element: HTMLImageElement) => element.decode());
}

/** px of the pictures that lie over each other. */
async function widths(box: Locator): Promise<number[]> {
  return await box
    .locator('img')
    .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth));
}

/** How the picture lies in its box: how far its middle is off, and how much it is enlarged. */
async function place(page: Page): Promise<{ scale: number; x: number; y: number }> {
  return await picture(page).evaluate((element) => {
    const stage = element.parentElement;
    const box = stage?.parentElement?.getBoundingClientRect() ?? new DOMRect();
    const seen = element.getBoundingClientRect();
    return {
      scale: seen.width / (stage?.offsetWidth ?? 1),
      x: seen.x + seen.width / 2 - box.x - box.width / 2,
      y: seen.y + seen.height / 2 - box.y - box.height / 2,
    };
  });
}

/** Waits until the picture is larger, or smaller, than it was. */
async function changed(page: Page, from: number, way: 'larger' | 'smaller' = 'larger'): Promise<number> {
  return await until(`the picture to be ${way}`, async () => {
    const { scale } = await place(page);
    return (way === 'larger' ? scale > from : scale < from) ? scale : undefined;
  });
}

async function drag(page: Page, on: Locator, x: number, y: number): Promise<void> {
  const box = (await on.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [left, top] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(left, top);
  await page.mouse.down();
  await page.mouse.move(left + x, top + y, { steps: 4 });
  await page.mouse.up();
}

/** Two fingers that move apart. */
async function pinch({ page, context }: ConsoleTab, on: Locator): Promise<void> {
  const box = (await on.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await context.newCDPSession(page);
  const fingers = (apart: number) => [
    { x: x - apart, y, id: 1 },
    { x: x + apart, y, id: 2 },
  ];
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(40) });
  for (const apart of [60, 80, 100]) {
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

async function bytesOf(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return await answer.bytes();
}
