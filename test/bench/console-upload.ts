import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../support/chromium.ts';
import { Client } from '../support/client.ts';
import { openConsole } from '../support/console.ts';
import { pick, tray } from '../support/console-uploads.ts';
import { uniquePng } from '../support/pictures.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { makePictures, type UploadFile, uniquePicture } from './harness/files.ts';
import { startServer } from './harness/processes.ts';
import { settled, upload } from './harness/upload.ts';

const COUNT = 200;
/** As the console sends them. */
const BATCH = 20;
const AT_ONCE = 3;
/** Those that come first have the page's code compiled, which stays. */
const SMALL_FILES = { round: 1000, first: 2000, all: 7000 };
const PAGE_LIMIT = 100;
const MB = 1e6;

/** Uploads through the page, against a script that sends the same requests, and what the page keeps of them in memory. */
export const consoleUpload: Benchmark = {
  name: 'console-upload',
  async *run({ quick, runs }) {
    if (!findChromium()) return;
    await using server = await startServer();
    const client = await Client.loggedIn(server.url);
    const browser = await startChromium();
    try {
      yield await speed(browser, client, quick ? 2 : Math.min(runs, 3));
      yield await memory(browser, client);
    } finally {
      await browser.close();
    }
  },
};

async function speed(browser: Browser, client: Client, runs: number) {
  const originals = await makePictures(10);
  const fresh = () =>
    Array.from({ length: COUNT }, (_, i) =>
      uniquePicture(`${i}.jpg`, originals[i % originals.length] ?? new Uint8Array()),
    );
  await using tab = await openConsole(browser, client.url, { path: '/library/1' });
  await tab.page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
  const [page, script] = await alternate(
    runs,
    async () => {
      await using disk = await temporaryDirectory();
      const rate = await throughPage(tab.page, await written(disk.path, fresh()));
      await settled(client, PAGE_LIMIT);
      return rate;
    },
    async () => {
      const files = fresh();
      const batches = Array.from({ length: COUNT / BATCH }, (_, i) =>
        files.slice(i * BATCH, (i + 1) * BATCH),
      ).values();
      const started = performance.now();
      const send = async () => {
        for (const batch of batches) await upload(client, batch);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, send));
      const rate = COUNT / ((performance.now() - started) / 1000);
      await settled(client, PAGE_LIMIT);
      return rate;
    },
  );
  const average = originals.reduce((sum, { byteLength }) => sum + byteLength, 0) / originals.length / 1000;
  return {
    work: `${COUNT} files of ${average.toFixed(0)} kB through the console`,
    value: ratios(page, script),
    unit: '×',
    bar: { atLeast: 0.5 },
    ours: { summary: summarize(page), unit: 'files/s' },
    baseline: { summary: summarize(script), unit: 'files/s' },
    note: `baseline: a script that sends them in requests of ${BATCH}, ${AT_ONCE} at once, to the same server`,
  };
}

async function memory(browser: Browser, client: Client) {
  await using tab = await openConsole(browser, client.url, { path: '/library/1' });
  const { page } = tab;
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
  let first = 0;
  for (let sent = 0; sent < SMALL_FILES.all; sent += SMALL_FILES.round) {
    if (sent === SMALL_FILES.first) first = await heapBytes(page);
    await using disk = await temporaryDirectory();
    const files = Array.from({ length: SMALL_FILES.round }, (_, i): UploadFile => {
      const bytes = uniquePng();
      return { name: `${sent + i}.png`, length: bytes.byteLength, pieces: () => [bytes] };
    });
    await throughPage(page, await written(disk.path, files));
  }
  const all = await heapBytes(page);
  return {
    work: `  the page's memory, ${SMALL_FILES.all - SMALL_FILES.first} more uploads after ${SMALL_FILES.first}: growth`,
    value: summarize([(all - first) / MB]),
    unit: 'MB',
    bar: { atMost: 3 },
    ours: { summary: summarize([all / MB]), unit: 'MB' },
    note: `JavaScript heap of the page after garbage collection; ${(first / MB).toFixed(1)} MB before`,
  };
}

/** @returns files per second, from the choice of files to the word that all are there. */
async function throughPage(page: Page, paths: readonly string[]): Promise<number> {
  const close = tray(page).getByRole('button', { name: 'Close', exact: true });
  if (await close.isVisible()) await close.click();
  await tray(page).waitFor({ state: 'detached' });
  const text = `${paths.length.toLocaleString('en')} files uploaded`;
  const waiting = page.evaluate(`(${untilSaid})(${JSON.stringify(text)})`);
  await pick(page, paths);
  return paths.length / (Number(await waiting) / 1000);
}

/** In the page: ms from the choice of files until the tray says a text. */
const untilSaid = /* JavaScript */ `(text) => new Promise((resolve) => {
  let chosen;
  addEventListener('change', () => { chosen = performance.now(); }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    if (!document.querySelector('section[aria-label="Uploads"]')?.textContent.includes(text)) return;
    observer.disconnect();
    resolve(performance.now() - chosen);
  });
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
})`;

async function written(directory: string, files: readonly UploadFile[]): Promise<string[]> {
  return await Promise.all(
    files.map(async ({ name, pieces }) => {
      const path = join(directory, name);
      await writeFile(path, Buffer.concat([...pieces()]));
      return path;
    }),
  );
}

async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize;
  } finally {
    await session.detach();
  }
}
