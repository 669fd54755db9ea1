import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../support/chromium.ts';
import { Client, fixture } from '../support/client.ts';
import { login } from '../support/console.ts';
import { openSql } from '../support/sql.ts';
import { ADMIN } from '../support/stockroom.ts';
import { type Benchmark, summarize } from './harness/benchmark.ts';
import { type RunningStockroom, startServer } from './harness/processes.ts';

const MATERIALS = 10_000;
const TILES = 50;
/** Of a frame of a screen with 60 of them a second, ms. */
const FRAME_MS = 1000 / 60;
/** Pixels with each frame: 14,400 in a second, 18 screens. */
const STEP = 240;
const PICTURES = ['photo.jpg', 'plain.webp', 'plain.png', 'progressive.jpg'];

interface Scroll {
  /** Of the frames that there was time for, 0 to 1. */
  readonly dropped: number;
  readonly seconds: number;
  /** Most elements that the page had at once. */
  readonly elements: number;
  readonly longestFrameMs: number;
}

/** The grid of the console's library over 10,000 materials, in a browser without a window. */
export const consoleLibrary: Benchmark = {
  name: 'console-library',
  async *run({ runs }) {
    if (!findChromium()) return console.log('console-library: not measured, Chromium is not on this machine');
    await using server = await startServer({});
    await fill(server);
    await using browser = await startChromium();
    const shown: number[] = [];
    for (let run = -1; run < runs; run++) {
      const ms = await timeFirstTiles(browser, server.url);
      if (run >= 0) shown.push(ms);
    }
    yield {
      work: `console: ${TILES} tiles after the data of their page`,
      value: summarize(shown),
      unit: 'ms',
      bar: { atMost: 300 },
      note: 'from the end of the answer to the frame that has them all in sight, each with its placeholder',
    };
    const { dropped, elements, longestFrameMs, seconds } = await scrollThrough(browser, server.url);
    yield {
      work: `console: frames dropped while scrolling through ${MATERIALS.toLocaleString('en')} tiles`,
      value: summarize([dropped * 100]),
      unit: '%',
      bar: { atMost: 5 },
      note: `${STEP} px a frame, ${seconds.toFixed(0)} s; a frame that comes n × 16.7 ms after the one before counts as n − 1 dropped; the longest took ${longestFrameMs.toFixed(0)} ms`,
    };
    yield {
      work: 'console: most elements in the page meanwhile',
      value: summarize([elements]),
      unit: 'elements',
      bar: { atMost: 2500 },
    };
  },
};

/** Rows that point at a few real pictures. */
async function fill(server: RunningStockroom): Promise<void> {
  const client = await Client.loggedIn(server.url);
  await client.upload(await Promise.all(PICTURES.map((name) => fixture(name))));
  const sql = await openSql(server, {});
  try {
    await sql`
      insert into materials (id, mall_id, blob_id, kind, size, width, height, origin_filename, base_path, folder,
          source, uploaded_by, created_at, updated_at)
        select uuidv7(), 1, blob_id, kind, size, width, height, 'picture ' || n || '.jpg',
          '/bench/' || n || '.jpg', 'pictures', 'UPLOAD', 1, at, at
        from generate_series(1, ${MATERIALS - PICTURES.length}) n
        join (select *, row_number() over () as number from materials) sample on number = 1 + n % ${PICTURES.length},
        lateral (select timestamptz '2026-01-01' + n * interval '7 seconds' as at) times`;
    await sql.unsafe('vacuum analyze materials');
  } finally {
    await sql.end();
  }
}

/** @returns ms between the end of the answer with the page's data and the frame that shows all tiles. */
async function timeFirstTiles(browser: Browser, url: string): Promise<number> {
  await using context = await browser.newContext({ viewport: { width: 2400, height: 1500 } });
  await login(context, url, ADMIN);
  const page = await context.newPage();
  await page.addInitScript((wanted) => {
    const times = { asked: 0, shown: 0 };
    Object.assign(globalThis, { times });
    const plainFetch = globalThis.fetch;
    globalThis.fetch = ((input: RequestInfo, init?: RequestInit) => {
      if (times.asked === 0 && String(init?.body).includes('LibraryPage')) times.asked = performance.now();
      return plainFetch(input, init);
    }) as typeof fetch;
    const isInSight = (tile: Element) => tile.getBoundingClientRect().bottom <= innerHeight;
    new MutationObserver((_, observer) => {
      const tiles = document.querySelectorAll('main [data-index]');
      if (tiles.length < wanted || [...tiles].filter(isInSight).length < wanted) return;
      observer.disconnect();
      // The frame after the one that draws them begins when that one is done.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          times.shown = performance.now();
        }),
      );
    }).observe(document, { childList: true, subtree: true });
  }, TILES);
  await page.goto(`${url}/library/1`);
  await page.waitForFunction(() => (globalThis as unknown as { times: { shown: number } }).times.shown > 0);
  return await page.evaluate(() => {
    const { times } = globalThis as unknown as { times: { asked: number; shown: number } };
    const answers = performance
      .getEntriesByType('resource')
      .filter(
        ({ name, startTime }) => name.endsWith('/graphql') && startTime >= times.asked - 1,
      ) as PerformanceResourceTiming[];
    return times.shown - (answers[0]?.responseEnd ?? Number.NaN);
  });
}

async function scrollThrough(browser: Browser, url: string): Promise<Scroll> {
  await using context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await login(context, url, ADMIN);
  const page = await context.newPage();
  await page.goto(`${url}/library/1`);
  await page.locator('main [data-index="0"] img[data-shown]').waitFor();
  return await scroll(page);
}

/** To the last tile; each frame is timed in the page itself. */
function scroll(page: Page): Promise<Scroll> {
  return page.evaluate(
    ([last, step, frameMs]) =>
      new Promise<Scroll>((done) => {
        const frames: number[] = [];
        let [before, elements] = [0, 0];
        const frame = (now: number) => {
          if (before > 0) frames.push(now - before);
          before = now;
          if (frames.length % 20 === 0) {
            elements = Math.max(elements, document.getElementsByTagName('*').length);
          }
          if (!document.querySelector(`[data-index="${last}"]`)) {
            scrollBy(0, step);
            requestAnimationFrame(frame);
            return;
          }
          const dropped = frames.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / frameMs) - 1), 0);
          done({
            dropped: dropped / (frames.length + dropped),
            seconds: frames.reduce((sum, ms) => sum + ms, 0) / 1000,
            elements,
            longestFrameMs: Math.max(...frames),
          });
        };
        requestAnimationFrame(frame);
      }),
    [MATERIALS - 1, STEP, FRAME_MS] as const,
  );
}
