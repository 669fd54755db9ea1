import type { Locator, Page } from 'playwright-core';
import { type Client, fixture } from './client.ts';
import { sha256 } from './files.ts';

const SHOWN = /* GraphQL */ `
  query ($id: ID!) {
    material(id: $id, trashed: true) {
      originFilename folder tags visibility sha256 deletedAt focalPoint { x y } url
      square: url(width: 400, height: 400)
    }
  }
`;

/** A material as the API shows it. */
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

/** Uploads a fixture, by its own or another name. @returns the material's id. */
export async function uploadedFixture(client: Client, name: string, as = name): Promise<string> {
  const [material] = await client.upload([await fixture(name, as)]);
  if (material?.__typename !== 'Material') throw new Error(JSON.stringify(material));
  return String(material.id);
}

/** Also of one in the trash; null for one that was purged. */
export async function shownMaterial(client: Client, id: string): Promise<Shown> {
  return (await client.data<{ material: Shown }>(SHOWN, { id })).material;
}

/** The picture on a material's page. */
export function pictureOf(page: Page): Locator {
  return page
    .getByRole('region', { name: /^(Picture|图片)/ })
    .locator('img')
    .first();
}

/** Waits until a picture can be seen. */
export async function loaded(image: Locator): Promise<void> {
  await image.evaluate((element: HTMLImageElement) => element.decode());
}

/** SHA-256 of what an address gives to who is not logged in. @throws where it gives nothing. */
export async function hashAt(url: string): Promise<string> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  return sha256(await answer.bytes());
}

export async function hashOfFixture(name: string): Promise<string> {
  return sha256(await (await fixture(name)).bytes());
}
