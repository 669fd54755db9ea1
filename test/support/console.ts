import { expect } from 'bun:test';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ADMIN, projectRoot } from './stockroom.ts';
import { until } from './temporary.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Levels A and AA of WCAG 2.0, 2.1 and 2.2. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Where screenshots go; Git does not keep them. */
const SCREENSHOTS = `${projectRoot}/test/artefacts/console`;

interface OpenOptions {
  readonly path?: string;
  readonly language?: 'en' | 'zh';
  readonly theme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Who is logged in before the page opens; null: nobody. */
  readonly user?: { readonly username: string; readonly password: string } | null;
  /** A context that is there already, for a second tab of the same browser. */
  readonly context?: BrowserContext;
}

/** The console in a tab of a real browser. */
export interface ConsoleTab extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What must not happen on any page: errors of scripts, breaches of the page's policy, requests to other origins. */
  readonly faults: readonly string[];
}

/** Opens the console of a server, as a user with a session of their own. */
export async function openConsole(
  browser: Browser,
  url: string,
  {
    path = '/',
    language = 'en',
    theme = 'light',
    viewport = { width: 1280, height: 800 },
    user = ADMIN,
    context: given,
  }: OpenOptions = {},
): Promise<ConsoleTab> {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const context = given ?? (await browser.newContext({ locale, viewport, colorScheme: theme }));
  if (user) await login(context, url, user);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`${error.stack}`));
  page.on('console', (message) => {
    // Of answers other than 2xx, which pages show in their own way.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      faults.push(message.text());
    }
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) faults.push(`asks ${request.url()}`);
  });
  await page.goto(url + path);
  return {
    page,
    context,
    faults,
    async [Symbol.asyncDispose]() {
      await (given ? page.close() : context.close());
    },
  };
}

/** Gives a browser a session without its login form. */
export async function login(
  context: BrowserContext,
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  const query = 'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } }';
  const answer = await context.request.post(`${url}/graphql`, {
    data: { query, variables: { u: username, p: password } },
  });
  const { errors } = (await answer.json()) as { errors?: unknown };
  if (errors) throw new Error(`nobody was logged in: ${JSON.stringify(errors)}`);
}

/** What breaks WCAG 2.2 AA on a page as it is now, a line each; empty when nothing does. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(await Bun.file(AXE).text());
  return await page.evaluate(async (tags) => {
    // Colours that are still on their way would be read half-way.
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.all(ending.map((one) => one.finished.catch(() => {})));
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          root: unknown,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`),
    );
  }, RULES);
}

/** Keeps a picture of the page, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: 'disabled' });
}

/** Looks at a page in both themes and languages, on a wide and a narrow screen; it is left as it was. */
export async function expectForEverybody(page: Page, name: string): Promise<void> {
  const wide = page.viewportSize() ?? { width: 1280, height: 800 };
  const looks = [
    ['en', 'light', wide],
    ['en', 'dark', wide],
    ['zh', 'dark', { width: 375, height: 800 }],
    ['zh', 'light', { width: 375, height: 800 }],
  ] as const;
  for (const [language, theme, viewport] of looks) {
    await page.setViewportSize(wide);
    const other = page.getByRole('button', { name: language === 'zh' ? '中文' : 'English', exact: true });
    if (await other.isVisible()) await other.click();
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize(viewport);
    // The menu takes a moment to leave.
    await until('a page as wide as its window', async () => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      return width === viewport.width || undefined;
    });
    // Widths and words change no colours.
    if (language === 'en' || theme === 'dark') expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, `${name}-${language}-${theme}`);
  }
  await page.setViewportSize(wide);
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await page.emulateMedia({ colorScheme: null });
}
