import type { Page } from 'playwright-core';
import { type Client, fixture } from './client.ts';
import { uniquePng } from './pictures.ts';
import { newMall } from './users.ts';

/** A mall with pictures of these names. */
export async function mallWith(admin: Client, names: readonly string[], folder?: string): Promise<number> {
  const mallId = await newMall(admin);
  await addPictures(admin, mallId, names, folder);
  return mallId;
}

export async function addPictures(
  client: Client,
  mallId: number,
  names: readonly string[],
  folder?: string,
): Promise<string[]> {
  const files = names.map((name) => new File([uniquePng()], name));
  const results = await client.upload(files, { mallId, ...(folder !== undefined && { folder }) });
  return results.map(({ id }) => String(id));
}

/** A picture, a video and a sound. */
export async function addMedia(client: Client, mallId: number): Promise<void> {
  const names = ['photo.jpg', 'plain.webm', 'plain.mp3'];
  await client.upload(await Promise.all(names.map((name) => fixture(name))), { mallId });
}

/** Waits until the page shows exactly these, in this order. */
export async function waitForNames(page: Page, names: readonly string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const items = [...document.querySelectorAll<HTMLElement>('main [data-index]')];
    const shown = items
      .toSorted((a, b) => Number(a.dataset.index) - Number(b.dataset.index))
      .map((item) => item.querySelector('[dir=auto]')?.textContent?.trim());
    return JSON.stringify(shown) === JSON.stringify(wanted);
  }, names);
}

/** The cell or row of a material. */
export function item(page: Page, name: string) {
  return page.locator('main [data-index]').filter({ hasText: name });
}
