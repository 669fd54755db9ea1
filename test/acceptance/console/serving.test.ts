import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { projectRoot, type StockroomServer, startStockroom } from '../../support/stockroom.ts';

let server: StockroomServer;
beforeAll(async () => {
  server = await startStockroom({ env: { FILES_URL: 'https://cdn.example/"<files>' } });
});
afterAll(async () => await server[Symbol.asyncDispose]());

/** Without what `fetch` undoes by itself. */
const raw = (path: string, encodings?: string) =>
  fetch(server.url + path, {
    decompress: false,
    headers: { 'accept-encoding': encodings ?? 'identity' },
  });

describe('the page of the console', () => {
  test('is the same at each of its addresses, and nowhere else', async () => {
    for (const path of ['/', '/login', '/library/1/materials/x', '/reports', '/account', '/admin/users']) {
      const answer = await fetch(server.url + path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        200,
        'text/html; charset=UTF-8',
      ]);
    }
    for (const path of ['/libraries', '/administration', '/index.html', '/nothing']) {
      const answer = await fetch(server.url + path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/problem+json',
      ]);
    }
  });

  test('lets no script run but its own, and no other page show it', async () => {
    const policy = (await fetch(server.url)).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
  });

  test('has a nonce of its own in each answer, which nothing keeps', async () => {
    const answers = await Promise.all([fetch(server.url), fetch(server.url)]);
    const nonces = await Promise.all(
      answers.map(async (answer) => {
        const inPolicy = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
        expect(await answer.text()).toContain(`nonce="${inPolicy}"`);
        expect(answer.headers.get('cache-control')).toBe('no-store');
        return inPolicy;
      }),
    );
    expect(new Set(nonces).size).toBe(2);
  });

  test('tells what it is configured with as text, never as markup', async () => {
    const html = await (await fetch(server.url)).text();
    const content = /<meta name="stockroom" content="([^"]*)">/.exec(html)?.[1] ?? '';
    expect(content).not.toContain('<');
    expect(JSON.parse(content.replaceAll('&quot;', '"').replaceAll('&lt;', '<'))).toMatchObject({
      graphiql: true,
      maxFilesPerRequest: 100,
    });
  });
});

describe('the assets of the console', () => {
  test('are kept for ever, and come compressed to whoever takes that', async () => {
    const { assets } = (await Bun.file(join(projectRoot, 'dist/console/manifest.json')).json()) as {
      assets: Record<string, { encodings: string[] }>;
    };
    expect(Object.keys(assets).length).toBeGreaterThan(3);
    for (const [name, { encodings }] of Object.entries(assets)) {
      const plain = await raw(`/assets/${name}`);
      expect(plain.status).toBe(200);
      expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(plain.headers.get('content-encoding')).toBeNull();
      const bytes = Buffer.from(await plain.arrayBuffer());
      if (encodings.length === 0) continue;
      const br = await raw(`/assets/${name}`, 'gzip, br');
      expect([br.headers.get('content-encoding'), br.headers.get('vary')]).toEqual(['br', 'Accept-Encoding']);
      expect(brotliDecompressSync(Buffer.from(await br.arrayBuffer())).equals(bytes)).toBe(true);
      const gzip = await raw(`/assets/${name}`, 'br;q=0, gzip');
      expect(gzip.headers.get('content-encoding')).toBe('gzip');
      expect(gunzipSync(Buffer.from(await gzip.arrayBuffer())).equals(bytes)).toBe(true);
    }
  });

  test('are those of the build alone', async () => {
    for (const name of ['nothing.js', '__proto__', 'toString', '..%2fmanifest.json', '%2e%2e%2findex.html']) {
      expect([name, (await raw(`/assets/${name}`)).status]).toEqual([name, 404]);
    }
  });
});

test('a build of unchanged sources is not done again', async () => {
  const manifest = Bun.file(join(projectRoot, 'dist/console/manifest.json'));
  const before = manifest.lastModified;
  const again = Bun.spawnSync([process.execPath, 'src/console/build.ts', '--if-changed'], {
    cwd: projectRoot,
  });
  expect([String(again.stderr), again.exitCode]).toEqual(['', 0]);
  expect(Bun.file(manifest.name ?? '').lastModified).toBe(before);
});
