import { describe, expect, test } from 'bun:test';
import type { Locator, Page } from 'playwright-core';
import { findChromium } from '../../support/chromium.ts';
import { Client } from '../../support/client.ts';
import { accessibilityFaults, type ConsoleTab, type openConsole, screenshot } from '../../support/console.ts';
import { withConsole } from '../../support/console-server.ts';
import { hashAt, loaded, pictureOf, shownMaterial, uploadedFixture } from '../../support/material-page.ts';
import { undecodablePng } from '../../support/pictures.ts';
import { missing } from '../../support/services.ts';
import { until } from '../../support/temporary.ts';

const HOSTILE = '\u202Egpj.\u202C<img src=x onerror="window.harmed=1"><b>.jpg';

describe.skipIf(missing('Chromium', findChromium()))('the page of a material', () => {
  const at = withConsole();

  function open(id: string, options: Parameters<typeof openConsole>[2] = {}): Promise<ConsoleTab> {
    return at.open({ path: `/library/1/materials/${id}`, ...options });
  }

  test('shows what was found in a picture, upright, in either language and theme', async () => {
    const id = await uploadedFixture(at.admin, 'orientation-6.jpg');
    await using tab = await open(id);
    const { page } = tab;
    await page.getByText('48 × 64 px').waitFor();
    const box = await pictureOf(page).boundingBox();
    expect([box?.width, box?.height].map((side) => Math.round(side ?? 0))).toEqual([48, 64]);
    await page.getByText((await shownMaterial(at.admin, id)).sha256).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-picture-en-light');
    // The one that somebody chooses counts, whatever the system has.
    const behind = () =>
      page.getByRole('region', { name: /^Picture/ }).evaluate((box) => getComputedStyle(box).backgroundColor);
    const light = await behind();
    await page.getByRole('button', { name: 'Dark colours' }).click();
    expect(await behind()).not.toBe(light);
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-picture-en-dark');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByText('48 × 64 像素').waitFor();
    await screenshot(page, 'material-picture-zh-dark');
    await page.getByRole('button', { name: '浅色模式' }).click();
    await screenshot(page, 'material-picture-zh-light');
    expect(tab.faults).toEqual([]);
  });

  test('enlarges a picture by keys, wheel, pointer and fingers, from the first sharp one to its own pixels', async () => {
    await using tab = await open(await uploadedFixture(at.admin, 'photo.jpg'));
    const { page } = tab;
    const box = page.getByRole('region', { name: /^Picture/ });
    await loaded(pictureOf(page));
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
    expect(near.equals(whole)).toBe(false);
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
    await using tab = await open(await uploadedFixture(at.admin, 'animated.gif'));
    await tab.page.getByText(/, animated$/).waitFor();
    await loaded(pictureOf(tab.page));
    const first = await pictureOf(tab.page).screenshot();
    await until('the next frame', async () =>
      (await pictureOf(tab.page).screenshot()).equals(first) ? undefined : true,
    );
    expect(tab.faults).toEqual([]);
  });

  test('shows a picture that no browser could', async () => {
    await using tab = await open(await uploadedFixture(at.admin, 'plain.heic'));
    await loaded(pictureOf(tab.page));
    expect(tab.faults).toEqual([]);
  });

  test('says that a picture is damaged', async () => {
    const [material] = await at.admin.upload([new File([undecodablePng()], 'broken.png')]);
    const id = String(material?.id);
    await until('the server to find out', async () => {
      const query = 'query ($id: ID!) { material(id: $id) { damaged } }';
      const { material } = await at.admin.data<{ material: { damaged: boolean } }>(query, { id });
      return material.damaged || undefined;
    });
    await using tab = await open(id);
    await tab.page.getByText('The picture is damaged: the server cannot decode it.').waitFor();
    expect(await accessibilityFaults(tab.page)).toEqual([]);
    await screenshot(tab.page, 'material-damaged-en-light');
    expect(tab.faults).toEqual([]);
  });

  test('plays a video and a sound from any place, by ranges', async () => {
    for (const [name, element] of [
      ['index-first.mp4', 'video'],
      ['plain.mp3', 'audio'],
    ] as const) {
      const id = await uploadedFixture(at.admin, name);
      await using tab = await open(id, { path: '/account' });
      const ranges: (string | undefined)[] = [];
      tab.page.on('response', (answer) => {
        if (answer.status() === 206) ranges.push(answer.headers()['content-range']);
      });
      await tab.page.goto(`${at.server.url}/library/1/materials/${id}`);
      const player = tab.page.locator(element);
      await until('the player to know its length', async () =>
        (await player.evaluate((media: HTMLMediaElement) => media.duration)) > 0 ? true : undefined,
      );
      expect(await player.getAttribute('preload')).toBe('metadata');
      const reached = await player.evaluate(async (media: HTMLMediaElement) => {
        const sought = new Promise((resolve) => media.addEventListener('seeked', resolve, { once: true }));
        media.currentTime = media.duration / 2;
        await sought;
        return media.currentTime / media.duration;
      });
      expect(reached).toBeCloseTo(0.5, 1);
      expect(ranges[0]).toMatch(/^bytes 0-\d+\/\d+$/);
      expect(await accessibilityFaults(tab.page)).toEqual([]);
      await screenshot(tab.page, `material-${element}-en-light`);
      expect(tab.faults).toEqual([]);
    }
  });

  test('sets the focal point by a click and by keys, and shows how pictures are cut then', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    const before = await shownMaterial(at.admin, id);
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
    const after = await shownMaterial(at.admin, id);
    expect(after.focalPoint).toEqual({ x: 0.08, y: 0.35 });
    expect(after.square).not.toBe(before.square);
    const middle = `${before.square}&focus=centre`;
    const [cut, uncut] = await Promise.all([after.square, middle].map(hashAt));
    expect(cut).not.toBe(uncut);
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-focus-en-light');

    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('No focal point: the middle is kept.').waitFor();
    await until('it to be cleared', async () =>
      (await shownMaterial(at.admin, id)).focalPoint === null ? true : undefined,
    );
    await picker.focus();
    await page.keyboard.press('Escape');
    // The keyboard is back where it left from, and the page is still there.
    await page.locator('button:focus', { hasText: 'Focal point' }).waitFor();
    expect(tab.faults).toEqual([]);
  });

  test('takes a hostile name for text', async () => {
    const id = await uploadedFixture(at.admin, 'plain.jpg', HOSTILE);
    await using tab = await open(id);
    const { page } = tab;
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(HOSTILE);
    for (const name of ['Edit', 'Share', 'History']) {
      await page.getByRole('tab', { name }).click();
    }
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await screenshot(page, 'material-hostile-en-light');
    expect(tab.faults).toEqual([]);
  });

  test('fits a phone', async () => {
    const id = await uploadedFixture(at.admin, 'photo.jpg', `${'a very long name '.repeat(8)}.jpg`);
    await using tab = await open(id, {
      viewport: { width: 375, height: 800 },
      language: 'zh',
      theme: 'dark',
    });
    const { page } = tab;
    await loaded(pictureOf(page));
    for (const name of ['详情', '编辑', '分享', '历史']) {
      await page.getByRole('tab', { name }).click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, 'material-phone-zh-dark');
    expect(tab.faults).toEqual([]);
  });

  test('leads back by Escape to the list that it was opened from, and on to its neighbours', async () => {
    const [first, second] = [
      await uploadedFixture(at.admin, 'photo.jpg', 'first.jpg'),
      await uploadedFixture(at.admin, 'photo.jpg', 'second.jpg'),
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
    await at.admin.data(
      `mutation ($u: String!, $p: String!) {
        createUser(username: $u, role: MEMBER, password: $p) { user { id } }
        setMallMember(mallId: 1, username: $u, role: VIEWER) { role }
      }`,
      { u: viewer.username, p: viewer.password },
    );
    const own = new Client(at.server.url);
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
    const id = await uploadedFixture(at.admin, 'photo.jpg');
    await using tab = await open(id, { user: next });
    const { page } = tab;
    await page.getByRole('tab', { name: 'Share' }).waitFor();
    expect(await page.getByRole('tab', { name: 'Edit' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /Replace|trash|Focal/ }).count()).toBe(0);
    await page.goto(`${at.server.url}/library/1/materials/01a00000-0000-7000-8000-000000000000`);
    await page.getByText('There is nothing here').waitFor();
    expect(tab.faults).toEqual([]);
  });
});

/** px of the pictures that lie over each other. */
async function widths(box: Locator): Promise<number[]> {
  return await box
    .locator('img')
    .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth));
}

/** How the picture lies in its box: how far its middle is off, and how much it is enlarged. */
async function place(page: Page): Promise<{ scale: number; x: number; y: number }> {
  return await pictureOf(page).evaluate((element) => {
    const stage = element.parentElement;
    const box = stage?.parentElement?.getBoundingClientRect() ?? new DOMRect();
    const seen = element.getBoundingClientRect();
    return {
      scale: new DOMMatrix(getComputedStyle(stage ?? element).transform).a,
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
