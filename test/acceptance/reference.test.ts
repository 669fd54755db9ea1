import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { findChromium, openProfile } from '../support/browser.ts';
import { missing } from '../support/services.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js'];

let server: StockroomServer;
beforeAll(async () => {
  server = await startStockroom();
});
afterAll(async () => await server[Symbol.asyncDispose]());

describe('/reference', () => {
  test('lets nothing run but its own files', async () => {
    const response = await fetch(`${server.url}/reference`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
    const html = await response.text();
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address).sort()).toEqual(
      [...FILES.map((file) => `/reference/${file}`), 'data:,'].sort(),
    );
  });

  test.each(FILES)('sends %s once, and no other file', async (file) => {
    const first = await fetch(`${server.url}/reference/${file}`);
    expect([first.status, first.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
    expect(first.headers.get('content-type')).toMatch(/^text\/(css|javascript)/);
    expect((await first.text()).length).toBeGreaterThan(100);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await fetch(`${server.url}/reference/${file}`, { headers })).status).toBe(304);
    const head = await fetch(`${server.url}/reference/${file}`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(first.headers.get('content-length'));
  });

  test.each(['index.html', 'package.json', '..%2fpackage.json', 'constructor', 'start.js.map'])(
    'answers 404 for %s',
    async (file) => {
      const response = await fetch(`${server.url}/reference/${file}`);
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
    },
  );

  test('comes from a package that reports nothing when it is installed', async () => {
    const { trustedDependencies } = (await Bun.file(join(projectRoot, 'package.json')).json()) as {
      trustedDependencies?: string[];
    };
    // Where nothing is listed, Bun trusts a list of its own, which has it.
    expect(trustedDependencies).toBeArray();
    expect(trustedDependencies).not.toContain('@scarf/scarf');
  });

  test.skipIf(missing('Chromium', findChromium()))(
    'shows the routes in a browser and tries them, from this origin alone',
    async () => {
      await using profile = await temporaryDirectory();
      const context = await openProfile(profile.path);
      try {
        const page = await context.newPage();
        const faults: string[] = [];
        const addresses: string[] = [];
        page.on('console', (message) => {
          if (message.type() !== 'log' && message.type() !== 'debug') faults.push(message.text());
        });
        page.on('pageerror', (error) => faults.push(String(error)));
        page.on('request', (request) => addresses.push(request.url()));
        await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
          console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI);
        })`);
        await page.goto(`${server.url}/reference`);
        const login = page.locator('#operations-Legacy-login');
        await login.getByText('Begins a session').click();
        await login.getByRole('button', { name: 'Try it out' }).click();
        await login.locator('textarea').first().fill(JSON.stringify(ADMIN));
        await login.getByRole('button', { name: 'Execute' }).click();
        await login.locator('.live-responses-table').getByText('"user_id"').waitFor();
        const code = page.locator('#operations-Codes-qrSvg');
        await code.locator('.opblock-summary-control').click();
        await code.getByRole('button', { name: 'Try it out' }).click();
        await code.getByPlaceholder('text').fill('hello');
        await code.getByRole('button', { name: 'Execute' }).click();
        await code.locator('.live-responses-table .response-col_status').getByText('200').waitFor();
        expect(faults).toEqual([]);
        const foreign = addresses.filter((address) => !/^(blob|data):/.test(address));
        expect(foreign.filter((address) => !address.startsWith(`${server.url}/`))).toEqual([]);
        expect(addresses).toContain(`${server.url}/openapi.json`);
      } finally {
        await context.close();
      }
    },
  );
});
