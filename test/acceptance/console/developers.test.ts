import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../../support/chromium.ts';
import { Client, fixture } from '../../support/client.ts';
import { type ConsoleTab, openConsole } from '../../support/console.ts';
import { missing } from '../../support/services.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../../support/stockroom.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

let server: StockroomServer;
let browser: Browser;
let admin: Client;
let tab: ConsoleTab;

describe.skipIf(missing('Chromium', findChromium()))('the snippets for developers', () => {
  beforeAll(async () => {
    server = await startStockroom();
    browser = await startChromium();
    admin = await Client.loggedIn(server.url);
    tab = await openConsole(browser, server.url, { path: '/developers' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const snippet = async (operation: string, client: string) => {
    await tab.page.goto(
      `${server.url}/developers?operation=${operation}.graphql&client=${encodeURIComponent(client)}`,
    );
    return (await tab.page.getByRole('tabpanel').locator('pre').textContent()) ?? '';
  };

  test('are there for each operation and each client', async () => {
    const { page } = tab;
    await page.getByRole('combobox', { name: 'Operation' }).click();
    const options = await page.getByRole('option').allInnerTexts();
    const files = await Array.fromAsync(
      new Bun.Glob('*.graphql').scan(join(projectRoot, 'schema/operations')),
    );
    expect(options.length).toBe(files.length);
    await page.getByRole('option', { name: 'SaveImages' }).click();
    const seen = new Set<string>();
    for (const client of ['curl', 'fetch', 'Apollo Client', 'urql', 'HTML form', 'Vue']) {
      await page.getByRole('tab', { name: client }).click();
      const code = (await page.getByRole('tabpanel').locator('pre').textContent()) ?? '';
      expect(code).toContain(client === 'Vue' ? 'useMutation' : server.url);
      seen.add(code);
    }
    expect(seen.size).toBe(6);
    expect(tab.faults).toEqual([]);
  });

  test('for curl run in a shell as they are', async () => {
    const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(name: "curl", scopes: [READ, WRITE]) { token } }',
    );
    await using directory = await temporaryDirectory();
    await Bun.write(join(directory.path, 'photo.jpg'), await fixture('photo.jpg'));
    await Bun.write(join(directory.path, 'film.mp4'), await fixture('index-first.mp4'));
    const run = async (operation: string) => {
      const ran = Bun.spawnSync(['sh', '-c', `${await snippet(operation, 'curl')} --silent --fail`], {
        cwd: directory.path,
        env: { PATH: process.env.PATH ?? '', STOCKROOM_TOKEN: createApiToken.token },
      });
      return JSON.parse(String(ran.stdout));
    };
    expect(await run('upload-materials')).toMatchObject({
      data: { uploadMaterials: [{ originFilename: 'photo.jpg' }, { originFilename: 'film.mp4' }] },
    });
    expect(await run('mall')).toMatchObject({ data: { mall: { id: 1 } } });
  });

  test('for fetch run in a page as they are', async () => {
    const { page } = tab;
    const read = async (operation: string) => {
      const code = await snippet(operation, 'fetch');
      return `(async () => {${code.replace('console.log(data, errors)', 'return { data, errors }')}})()`;
    };
    expect(await page.evaluate(await read('mall'))).toMatchObject({ data: { mall: { id: 1 } } });
    const upload = await read('upload-materials');
    await page.evaluate(() =>
      document.body.append(Object.assign(document.createElement('input'), { type: 'file', multiple: true })),
    );
    await page.locator('body > input[type=file]').setInputFiles([
      {
        name: 'a.jpg',
        mimeType: 'image/jpeg',
        buffer: Buffer.from(await (await fixture('photo.jpg')).bytes()),
      },
      { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') },
    ]);
    expect(await page.evaluate(upload)).toMatchObject({
      data: {
        uploadMaterials: [
          { originFilename: 'a.jpg' },
          { originFilename: 'b.txt', code: 'FILE_TYPE_NOT_ALLOWED' },
        ],
      },
    });
  });

  test.each(['query', 'mutation'])(
    'for Apollo Client, urql and Vue are TypeScript that parses (%s)',
    async (kind) => {
      const transpiler = new Bun.Transpiler({ loader: 'ts' });
      for (const client of ['Apollo Client', 'urql', 'Vue', 'HTML form']) {
        const code = await snippet(kind === 'query' ? 'materials-filtered' : 'replace-material', client);
        const script = /<script[^>]*>([\s\S]*)<\/script>/.exec(code)?.[1] ?? code;
        expect(() => transpiler.transformSync(script)).not.toThrow();
      }
    },
  );

  test('have a form that logs in without a script', async () => {
    const form = await snippet('login', 'HTML form');
    await using visitor = await openConsole(browser, server.url, { user: null });
    const { page } = visitor;
    await page.route('**/form', (route) => route.fulfill({ contentType: 'text/html', body: form }));
    await page.goto(`${server.url}/form`);
    await page.locator('[name=username]').fill(ADMIN.username);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.getByRole('button').click();
    await page.waitForURL('**/login');
    expect(JSON.parse((await page.textContent('body')) ?? '')).toMatchObject({ code: 0 });
  });

  test('break nothing of the page', () => {
    expect(tab.faults).toEqual([]);
  });
});
