import { join } from 'node:path';

const EMPTY =
  '<!doctype html><meta charset="utf-8"><title>Shop</title><body><script type="module" src="/shop.js"></script>';

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Serves the front end, and pages of the test's own, at a free port. */
export async function serveFrontEnd({
  pages = {},
  tls,
}: {
  readonly pages?: Readonly<Record<string, string>>;
  readonly tls?: Certificate;
} = {}) {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'shop.ts')], target: 'browser' });
  const script = await built.outputs[0]?.text();
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls ? { tls } : {}),
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/shop.js') {
        return new Response(script, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
      }
      return new Response(pages[pathname] ?? EMPTY, {
        headers: { 'content-type': 'text/html; charset=utf-8' },
      });
    },
  });
}

/** Ends TLS before a server, as a reverse proxy does. */
export function tlsProxy(tls: Certificate, target: () => string) {
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers, body } = request;
      return await fetch(target() + pathname + search, { method, headers, body, redirect: 'manual' });
    },
  });
}

/** A certificate that nobody vouches for. */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const made = Bun.spawnSync([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...[
      '-days',
      '2',
      '-subj',
      '/CN=stock.test',
      '-addext',
      'subjectAltName=DNS:*.test,DNS:stock.test,DNS:shop.test',
    ],
    ...['-keyout', key, '-out', cert],
  ]);
  if (made.exitCode !== 0) throw new Error(`openssl failed: ${made.stderr}`);
  return { cert: await Bun.file(cert).text(), key: await Bun.file(key).text() };
}
