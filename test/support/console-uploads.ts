import type { Locator, Page } from 'playwright-core';
import type { Client } from './client.ts';
import { uniquePng } from './pictures.ts';

/** A file for a picker or a drop. */
export interface PageFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** So many pictures that no others equal, of about so many bytes each. */
export function pictures(count: number, bytes = 1000, name = 'picture'): PageFile[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}-${i}.png`,
    mimeType: 'image/png',
    buffer: Buffer.from(uniquePng(bytes)),
  }));
}

/** As the button "Upload" does once files are chosen. */
export async function pick(
  page: Page,
  files: readonly PageFile[] | readonly string[] | string,
  kind: 'files' | 'folder' = 'files',
): Promise<void> {
  const input = page.locator(`input[data-upload=${kind}]`);
  await input.setInputFiles(typeof files === 'string' ? files : ([...files] as PageFile[] | string[]));
}

/** Gives files to the page as an event does; names are whatever they are, which no file system would take. */
export async function give(
  page: Page,
  event: 'drop' | 'paste',
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const encoded = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
  await page.evaluate(
    `(${(
      (type: string, given: { name: string; base64: string }[]) => {
        const page = globalThis as unknown as {
          DataTransfer: new () => { items: { add(file: File): void } };
          DragEvent: new (type: string, init: object) => Event;
          ClipboardEvent: new (type: string, init: object) => Event;
          document: { body: EventTarget };
        };
        const transfer = new page.DataTransfer();
        for (const { name, base64 } of given) {
          const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
          transfer.items.add(new File([bytes], name, { type: 'image/png' }));
        }
        const init = { bubbles: true, cancelable: true };
        const made =
          type === 'drop'
            ? new page.DragEvent('drop', { ...init, dataTransfer: transfer })
            : new page.ClipboardEvent('paste', { ...init, clipboardData: transfer });
        page.document.body.dispatchEvent(made);
      }
    ).toString()})(${JSON.stringify(event)}, ${JSON.stringify(encoded)})`,
  );
}

/** Drags files and directories of the disk over the page, and lets them go there unless told otherwise. */
export async function drag(page: Page, paths: readonly string[], drop = true): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', ...(drop ? ['drop' as const] : [])] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
  }
  await session.detach();
}

/** Lets the page send no more than that; 0: as fast as it can. */
export async function slowDown(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond || -1,
  });
}

/** Where the console shows what has become of files. */
export function tray(page: Page): Locator {
  return page.getByRole('region', { name: 'Uploads' });
}

/** Waits until the tray says so. */
export async function uploaded(page: Page, count: number): Promise<void> {
  const text = `${count} ${count === 1 ? 'file' : 'files'} uploaded`;
  await tray(page).getByText(text, { exact: true }).first().waitFor();
}

/** Folder and name of every material of a mall, those in the trash as well, in order. */
export async function keptIn(client: Client, mallId: number): Promise<string[]> {
  const names: string[] = [];
  for (const trashed of [false, true]) {
    let after: string | null = null;
    do {
      const { materials }: Page1 = await client.data(
        `query ($mallId: Int!, $trashed: Boolean, $after: String) {
          materials(mallId: $mallId, filter: { trashed: $trashed }, first: 100, after: $after) {
            pageInfo { hasNextPage endCursor }
            edges { node { folder originFilename } }
          }
        }`,
        { mallId, trashed, after },
      );
      for (const { node } of materials.edges) {
        names.push([node.folder, node.originFilename].filter(Boolean).join('/'));
      }
      after = materials.pageInfo.hasNextPage ? materials.pageInfo.endCursor : null;
    } while (after !== null);
  }
  return names.sort();
}

interface Page1 {
  readonly materials: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    readonly edges: readonly {
      readonly node: { readonly folder: string; readonly originFilename: string };
    }[];
  };
}
