import type { Browser, BrowserContext } from 'playwright-core';
import { findChromium, startChromium } from '../support/chromium.ts';
import { login } from '../support/console.ts';
import { ADMIN } from '../support/stockroom.ts';
import { type Benchmark, summarize } from './harness/benchmark.ts';
import { startServer } from './harness/processes.ts';

const KB = 1024;
/** A page that does nothing for so long is ready for its user, ms. */
const QUIET_MS = 500;

interface Load {
  /** Of the bodies of scripts, as they crossed the network. */
  readonly scriptBytes: number;
  readonly seconds: number;
}

/** The first load of the console by a browser that has nothing of it, for a user with a session. */
export const consoleStart: Benchmark = {
  name: 'console-start',
  async *run({ runs }) {
    if (!findChromium()) return console.log('console-start: not measured, Chromium is not on this machine');
    await using server = await startServer({});
    await using browser = await startChromium();
    await load(browser, server.url);
    const loads: Load[] = [];
    for (let run = 0; run < runs; run++) loads.push(await load(browser, server.url));
    yield {
      work: 'console: JavaScript of the first load',
      value: summarize(loads.map(({ scriptBytes }) => scriptBytes / KB)),
      unit: 'kB',
      bar: { atMost: 250 },
      note: 'compressed, of the library page',
    };
    yield {
      work: 'console: until it is interactive',
      value: summarize(loads.map(({ seconds }) => seconds)),
      unit: 's',
      bar: { atMost: 1 },
      note: 'heading there and no task over 50 ms from then on, Chromium without a cache',
    };
  },
};

async function load(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext({ locale: 'en-GB' });
  try {
    await login(context, url, ADMIN);
    return await loadWith(context, url);
  } finally {
    await context.close();
  }
}

async function loadWith(context: BrowserContext, url: string): Promise<Load> {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const times = { heading: 0, busyUntil: 0 };
    Object.assign(globalThis, { times });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) times.busyUntil = startTime + duration;
    }).observe({ type: 'longtask', buffered: true });
    new MutationObserver((_, observer) => {
      if (!document.querySelector('main h1')) return;
      times.heading = performance.now();
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${url}/library/1`);
  await page.locator('main h1').waitFor();
  return await page.evaluate(async (quietMs) => {
    const { times } = globalThis as unknown as { times: { heading: number; busyUntil: number } };
    const ready = () => Math.max(times.heading, times.busyUntil);
    while (performance.now() - ready() < quietMs) await new Promise((done) => setTimeout(done, 50));
    const scripts = (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).filter(
      ({ name }) => name.endsWith('.js'),
    );
    return {
      scriptBytes: scripts.reduce((all, { encodedBodySize }) => all + encodedBodySize, 0),
      seconds: ready() / 1000,
    };
  }, QUIET_MS);
}
