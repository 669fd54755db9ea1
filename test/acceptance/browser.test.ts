import { beforeAll, describe, expect, test } from 'bun:test';
import { findChromium, openProfile } from '../support/browser.ts';
import { Client, fixture } from '../support/client.ts';
import { makeCertificate, serveFrontEnd, tlsProxy } from '../support/front-end/serve.ts';
import { missing } from '../support/services.ts';
import { ADMIN, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { countMaterials } from '../support/upload.ts';

/** In the page: shows a picture, draws it, and reads a pixel of it back. */
const SHOW = /* JavaScript */ `async (url) => {
  const picture = new Image();
  picture.crossOrigin = 'anonymous';
  picture.src = url;
  document.body.append(picture);
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const drawing = canvas.getContext('2d');
  drawing.drawImage(picture, 0, 0);
  return [picture.naturalWidth, picture.naturalHeight, drawing.getImageData(0, 0, 1, 1).data.length];
}`;

describe.skipIf(missing('Chromium', findChromium()))('in a browser', () => {
  let picture: string;
  beforeAll(async () => {
    picture = Buffer.from(await (await fixture('plain.png')).arrayBuffer()).toString('base64');
  });

  test('a front end of another origin logs in, uploads, shows, draws and logs out', async () => {
    await using front = await disposable(serveFrontEnd());
    const origin = `http://127.0.0.1:${front.port}`;
    await using server = await startStockroom({ env: { CORS_ORIGINS: origin } });
    await visit(origin, server.url, async (call) => {
      expect(await call('me()')).toBeNull();
      expect(await call(`logIn('admin', 'wrong password')`)).toBe('INVALID_CREDENTIALS');
      expect(await call(`logIn('${ADMIN.username}', '${ADMIN.password}')`)).toBe('ok');
      expect(await call('me()')).toBe('admin');
      const uploaded = (await call(`upload('${picture}')`)) as { url: string };
      expect(uploaded).toMatchObject({ __typename: 'Material', width: 64, height: 48 });
      expect(await call(uploaded.url, SHOW)).toEqual([64, 48, 4]);
      await call('logOut()');
      expect(await call('me()')).toBeNull();
    });
  });

  test('a front end of an origin that is not allowed cannot even ask', async () => {
    await using front = await disposable(serveFrontEnd());
    const origin = `http://127.0.0.1:${front.port}`;
    await using server = await startStockroom({ env: { CORS_ORIGINS: 'https://shop.example.com' } });
    await visit(origin, server.url, async (call) => {
      expect(await call(`logIn('${ADMIN.username}', '${ADMIN.password}')`)).toMatch(/Failed to fetch/);
      expect(await call('me().catch(String)')).toMatch(/Failed to fetch/);
    });
  });

  test.skipIf(missing('openssl', Bun.which('openssl')))(
    'a front end of another site does so over https, with a cookie that is bound to the host',
    async () => {
      await using directory = await temporaryDirectory();
      const tls = await makeCertificate(directory.path);
      let backend = '';
      await using front = await disposable(serveFrontEnd({ tls }));
      await using proxy = await disposable(tlsProxy(tls, () => backend));
      const [origin, api] = [`https://shop.test:${front.port}`, `https://stock.test:${proxy.port}`];
      await using server = await startStockroom({
        env: { PUBLIC_URL: api, CORS_ORIGINS: origin, SESSION_SAME_SITE: 'none' },
      });
      backend = server.url;
      await visit(origin, api, async (call, cookies) => {
        expect(await call(`logIn('${ADMIN.username}', '${ADMIN.password}')`)).toBe('ok');
        expect(await cookies()).toMatchObject([
          {
            name: '__Host-stockroom_session',
            domain: 'stock.test',
            path: '/',
            secure: true,
            httpOnly: true,
            sameSite: 'None',
          },
        ]);
        expect(await call('me()')).toBe('admin');
        const uploaded = (await call(`upload('${picture}')`)) as { url: string };
        expect(uploaded.url).toStartWith(`${api}/files/mall/`);
        expect(await call(uploaded.url, SHOW)).toEqual([64, 48, 4]);
        await call('logOut()');
        expect(await call('me()')).toBeNull();
        expect(await cookies()).toEqual([]);
      });
    },
  );

  test('forms of a foreign page do nothing, though the cookie comes with them', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    const [name = '', value = ''] = (client.cookie ?? '').split('=');
    await using front = await disposable(serveFrontEnd({ pages: forms(server.url) }));
    await using profile = await temporaryDirectory();
    const context = await openProfile(profile.path);
    // Another port is the same site: a cookie for the site alone would not stop these forms.
    await context.addCookies([{ name, value, url: server.url }]);
    const page = await context.newPage();
    for (const path of Object.keys(forms(server.url))) {
      await page.goto(`http://127.0.0.1:${front.port}${path}`);
      const [response] = await Promise.all([
        page.waitForNavigation(),
        page.evaluate('document.forms[0].submit()'),
      ]);
      const headers = await response?.request().allHeaders();
      expect([path, response?.request().method(), headers?.origin]).toEqual([
        path,
        'POST',
        `http://127.0.0.1:${front.port}`,
      ]);
      expect([path, headers?.cookie]).toEqual([path, `${name}=${value}`]);
      expect([path, response?.status()]).toEqual([path, 403]);
    }
    await context.close();
    expect((await client.data('{ me { username } }')).me).toEqual({ username: 'admin' });
    expect(await countMaterials(client)).toBe(0);
  });

  type Call = (expression: string, wrap?: string) => Promise<unknown>;

  /** Opens the front end's page, and hands over what calls its functions there. */
  async function visit(
    origin: string,
    api: string,
    use: (call: Call, cookies: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    await using profile = await temporaryDirectory();
    const context = await openProfile(profile.path);
    try {
      const page = await context.newPage();
      await page.goto(`${origin}/`);
      await page.evaluate(`globalThis.api = connect(${JSON.stringify(api)}); 0`);
      await use(
        (expression, wrap) =>
          page.evaluate(wrap ? `(${wrap})(${JSON.stringify(expression)})` : `api.${expression}`),
        async () => await context.cookies(api),
      );
    } finally {
      await context.close();
    }
  }
});

/** Pages with a form each, of every kind that HTML has, for every route that changes something. */
function forms(server: string): Record<string, string> {
  const kinds = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
  const field = (name: string, value: string) =>
    `<input name="${Bun.escapeHTML(name)}" value="${Bun.escapeHTML(value)}">`;
  const operation = '{"query":"mutation { logout }","extensions":{"a":"';
  const fields: Record<string, string> = {
    '/graphql':
      field('query', 'mutation { logout }') +
      field('operations', '{"query":"mutation { logout }"}') +
      field('map', '{}'),
    '/login': field('username', ADMIN.username) + field('password', ADMIN.password),
    '/logout': field('a', 'b'),
    '/malls/1/upload_batch': field('file', 'x'),
    '/1/upload_batch': field('file', 'x'),
    '/cms/template': field('img', 'x'),
  };
  const pages = Object.entries(fields).flatMap(([route, inputs]) =>
    kinds.map((kind) => [`${route}?${kind}`, route, kind, inputs] as const),
  );
  // The name and value of a text/plain form have "=" between them: together they are JSON.
  pages.push(['/json?text/plain', '/graphql', 'text/plain', field(operation, '"}}')]);
  return Object.fromEntries(
    pages.map(([, route, kind, inputs], i) => [
      `/form-${i}`,
      `<!doctype html><form method="post" action="${server}${route}" enctype="${kind}">${inputs}</form>`,
    ]),
  );
}

async function disposable<T extends Bun.Server<undefined>>(starting: T | Promise<T>) {
  const server = await starting;
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop(true) });
}
