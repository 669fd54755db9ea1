import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import type { HttpEnv } from './env.ts';

/** Where `src/console/build.ts` puts the console. */
export const BUILT = join(import.meta.dir, '../../../dist/console');
/** Addresses that the console shows something at; its own router tells them apart. */
export const CONSOLE_PAGES = [
  '/',
  '/login',
  '/library/*',
  '/reports',
  '/account',
  '/account/*',
  '/admin/*',
  '/developers',
] as const;
export const CONSOLE_ASSETS = '/assets/:name';

/** What the page is told about its server beside what GraphQL says. */
export interface ConsoleOptions {
  /** Whether `/graphql` shows GraphiQL. */
  readonly graphiql: boolean;
}

interface Build {
  /** The page, with places for what each answer has of its own. */
  readonly html: string;
  readonly assets: Readonly<Record<string, { readonly type: string; readonly encodings: readonly string[] }>>;
  /** Their SHA-256, as hexadecimal digits. */
  readonly documents: ReadonlySet<string>;
  readonly changedAt: number;
}

/**
 * The page, its assets, and what it asks. Where the console was not built the page answers 503 and what to do about it, assets 404.
 * @param directory of the built console.
 */
export function consoleRoutes(
  options: ConsoleOptions,
  directory = BUILT,
): {
  readonly page: Handler<HttpEnv>;
  readonly asset: Handler<HttpEnv>;
  /** Whether the console that is served sends the document of this SHA-256 (hexadecimal digits). */
  readonly sends: (hash: string) => Promise<boolean>;
} {
  let build: Build | undefined;
  const current = async (): Promise<Build | undefined> => {
    const manifest = join(directory, 'manifest.json');
    const changedAt = await stat(manifest).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (changedAt === undefined) return undefined;
    if (build?.changedAt !== changedAt) {
      const [{ assets, documents }, html] = await Promise.all([
        Bun.file(manifest).json() as Promise<Pick<Build, 'assets'> & { readonly documents: string[] }>,
        Bun.file(join(directory, 'index.html')).text(),
      ]);
      build = { assets, documents: new Set(documents), html, changedAt };
    }
    return build;
  };
  return {
    async page(c) {
      const found = await current();
      if (!found) return c.html(NOT_BUILT, 503, securityHeaders("default-src 'none'"));
      const { limits, urls } = c.get('services');
      const server = {
        graphiql: options.graphiql,
        filesUrl: urls.files,
        maxFileBytes: limits.fileBytes,
        maxRequestBytes: limits.requestBytes,
        maxFilesPerRequest: limits.filesPerRequest,
      };
      const nonce = randomBytes(16).toString('base64');
      const html = found.html
        .replace('{{server}}', () => escapeAttribute(JSON.stringify(server)))
        .replace('{{nonce}}', nonce);
      return c.html(html, 200, { ...securityHeaders(pagePolicy(nonce)), 'Cache-Control': 'no-store' });
    },
    async asset(c) {
      const name = c.req.param('name') ?? '';
      const { assets } = (await current()) ?? {};
      const asset = assets && Object.hasOwn(assets, name) ? assets[name] : undefined;
      if (!asset) throw new AppError('NOT_FOUND');
      const encoding = asset.encodings.find((one) => accepts(c.req.header('accept-encoding'), one));
      const suffix = encoding ? `.${encoding === 'gzip' ? 'gz' : encoding}` : '';
      return new Response(Bun.file(join(directory, 'assets', name + suffix)), {
        headers: {
          ...securityHeaders("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
          'Content-Type': asset.type,
          'Cache-Control': 'public, max-age=31536000, immutable',
          Vary: 'Accept-Encoding',
          ...(encoding && { 'Content-Encoding': encoding }),
        },
      });
    },
    sends: async (hash) => (await current())?.documents.has(hash) ?? false,
  };
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Stockroom</title>
<h1>Stockroom</h1>
<p>The server is running. Its console has not been built yet: run <code>bun run build</code> beside it and load this page again.</p>
`;

/** Scripts come from here alone; styles also from the component library, which knows the nonce. */
function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function securityHeaders(policy: string): Record<string, string> {
  return {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  };
}

/** RFC 9110, section 12.5.3. */
function accepts(header: string | undefined, encoding: string): boolean {
  return (header ?? '').split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
